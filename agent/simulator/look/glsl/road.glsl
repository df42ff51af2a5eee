// Asphalt: grain, blotches, repairs and cracks, two polished wheel tracks in each lane; uv is (along, across) [m].
#ifdef VERTEX
out vec3 at;
out vec4 air;
out float across;
flat out uint is;
void main() {
    at = in_position;
    air = haze(at);
    across = in_uv.y;
    is = identity();
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec3 at;
in vec4 air;
in float across;
flat in uint is;
uniform sampler2D asphalt_texture;
void main() {
    survey(is);
#ifdef BARE
    return;
#endif
    vec4 grain = texture(asphalt_texture, at.xy * ASPHALT);
    vec4 local = ground_light(at.xy);
    float aside = abs(across) - 0.8;
    float track = max(0.0, 1.0 - 5.0 * aside * aside);
    float tone = grain.r * (0.216 - 0.052 * track) * (0.72 + 0.56 * local.a);
    tone *= 1.0 - 0.08 * max(0.0, 1.0 - 5.0 * across * across);
    vec3 color = tone * vec3(1.0, 0.985, 0.955);
#ifdef WET
    float level = 0.75 * grain.g + 0.5 * local.a + 0.12 * track + 0.07 + 0.45 * glow.w;
    float water = min(4.0 * glow.w, 1.0) * smoothstep(0.66, 0.84, level);
    color *= mix(1.0, 0.45 - 0.15 * water, ground.w);
    vec3 light = wetted(color * lit_ground(at, local), at, grain.ba, water, 1.0);
#else
    vec3 light = color * lit_ground(at, local);
#endif
    out_color = vec4(to_picture(light * air.a + air.rgb), 1.0);
}
#endif
