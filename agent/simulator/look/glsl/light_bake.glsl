// Softens the shadows and joins them with what does not change: lamps, verges, and spots that repeat nowhere.
#ifdef VERTEX
out vec2 place;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    place = corner * 0.5 + 0.5;
    gl_Position = vec4(corner, 0.0, 1.0);
}
#else
in vec2 place;
uniform sampler2D shadow_texture;
uniform sampler2D still_texture;
uniform sampler2D cloud_texture;
layout(location = 0) out vec4 out_color;
void main() {
    vec2 step_ = 0.75 / vec2(textureSize(shadow_texture, 0));
    float lit = 0.0;
    for (int i = 0; i < 4; i++)
        lit += texture(shadow_texture, place + step_ * vec2(i < 2 ? -1.0 : 1.0, i % 2 == 0 ? -1.0 : 1.0)).r;
    vec2 still = texture(still_texture, place).rg;
    vec2 at = place / light_map.zw;
    float spots = 0.5 * texture(cloud_texture, at * 0.0031).r + 0.3 * texture(cloud_texture, at * 0.0137).g;
    spots += 0.2 * texture(cloud_texture, at * 0.047).a;
    out_color = vec4(mix(1.0, lit * 0.25, sun_direction.w), still, spots);
}
#endif
