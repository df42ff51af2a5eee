// Softens the shadows and joins them with what does not change: lamps and verges.
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
layout(location = 0) out vec4 out_color;
void main() {
    vec2 step_ = 0.75 / vec2(textureSize(shadow_texture, 0));
    float lit = 0.0;
    for (int i = 0; i < 4; i++)
        lit += texture(shadow_texture, place + step_ * vec2(i < 2 ? -1.0 : 1.0, i % 2 == 0 ? -1.0 : 1.0)).r;
    vec2 still = texture(still_texture, place).rg;
    out_color = vec4(mix(1.0, lit * 0.25, sun_direction.w), still, 1.0);
}
#endif
