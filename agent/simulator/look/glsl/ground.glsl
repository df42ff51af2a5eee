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
    vec4 grass = texture(grass_texture, at.xy * GRASS);  // light, dryness, hue, tufts
    vec4 local = ground_light(at.xy);
    float hue = 0.5 * (grass.b + local.a);
    vec3 color = paint * mix(vec3(0.88, 1.0, 0.8), vec3(1.22, 1.04, 0.95), hue);
    color = mix(color, vec3(0.26, 0.22, 0.105), grass.g * local.a * 0.9);
    float gravel = smoothstep(0.42, 0.58, local.b + 0.5 * grass.a + 0.2 * grass.r - 0.36);
    color = mix(color, vec3(0.255, 0.233, 0.2) * (0.75 + 0.5 * hue), gravel) * (2.0 * grass.r);
    local.r *= up;
    color *= mix(1.0, 0.72, ground.w);
    vec3 light = color * lit_ground(at, local);
    out_color = vec4(to_picture(light * air.a + air.rgb), 1.0);
}
#endif
