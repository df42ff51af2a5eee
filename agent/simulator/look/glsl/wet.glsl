// A wet surface: darker, and it mirrors the sky the more the flatter one looks at it (Schlick).
#ifdef FRAGMENT
uniform sampler2D sky_texture;

vec2 sky_place(vec3 towards) {  // hemi-octahedral: the upper half of the world on one square
    vec2 p = towards.xy / (abs(towards.x) + abs(towards.y) + max(towards.z, 0.0));
    return vec2(p.x + p.y, p.x - p.y) * 0.5 + 0.5;
}

vec3 wetted(vec3 light, vec3 at, vec2 rough, float water, float shade) {
    vec3 towards = normalize(at - eye.xyz);
    vec2 wave = (rough - 0.5) * (0.10 - 0.085 * water);
    vec3 mirrored = normalize(vec3(towards.xy + wave, -towards.z));
    float flat_ = 1.0 - clamp(-towards.z, 0.0, 1.0);
    float fresnel = 0.03 + 0.97 * flat_ * flat_ * flat_ * flat_ * flat_;
    vec3 heaven = texture(sky_texture, sky_place(mirrored)).rgb;
    float strength = ground.w * fresnel * mix(0.5, 1.0, water) * shade;
#ifdef NIGHT
    light *= 1.0 + 0.3 * water;
#endif
    return mix(light, heaven * heaven * 1.15, strength);
}
#endif
