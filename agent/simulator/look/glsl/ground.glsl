// Meadows and fields: blades near by, tufts and dry spots farther off, the field's own colour by vertex, a gravel verge.
#ifdef VERTEX
out vec3 at;
out vec4 air;
out vec3 paint;
out float up;
flat out uint is;
void main() {
    at = in_position;
    air = haze(at);
    paint = in_paint.rgb * in_paint.rgb;
    up = max(dot(in_normal, sun_direction.xyz), 0.0) / sun_direction.z;
    is = identity();
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec3 at;
in vec4 air;
in vec3 paint;
in float up;
flat in uint is;
uniform sampler2D grass_texture;
void main() {
    survey(is);
#ifdef BARE
    return;
#endif
    float blade = texture(grass_texture, at.xy * 0.43, -0.8).r;
    vec3 wide = texture(grass_texture, at.xy * 0.037, -1.2).gba;
    vec4 local = ground_light(at.xy);
    float dry = smoothstep(0.45, 0.85, wide.g);
    vec3 color = paint * mix(vec3(0.88, 1.0, 0.8), vec3(1.22, 1.04, 0.95), wide.b);
    color = mix(color, vec3(0.26, 0.22, 0.105), dry * 0.45);
    color *= (0.45 + 1.15 * blade) * (0.42 + 1.15 * wide.r);
    float gravel = smoothstep(0.42, 0.58, local.b + 0.5 * (wide.r - 0.5) + 0.25 * (blade - 0.3));
    color = mix(color, vec3(0.235, 0.215, 0.185) * (0.55 + 1.2 * blade) * (0.75 + 0.5 * wide.b), gravel);
    local.r *= up;
    color *= mix(1.0, 0.72, ground.w);
    vec3 light = color * lit_ground(at, local);
    out_color = vec4(to_picture(light * air.a + air.rgb), 1.0);
}
#endif
