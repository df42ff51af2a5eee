// A wet surface: darker, and it mirrors the sky the more the flatter one looks at it (Schlick).
#ifdef FRAGMENT
uniform sampler2D sky_texture;
const float LAMP_M = 7.2;

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
    float strength = min(mix(0.45 * ground.w * fresnel, 1.1 * fresnel + 0.05, water) * shade, 0.9);
#ifdef NIGHT
    // The mirror image of a lamp hangs where the ray, thrown back, comes as high as lamps do.
    vec2 below = at.xy + mirrored.xy * (LAMP_M / max(mirrored.z, 0.03));
    float image = ground_light(below).g;
    image *= image * image;
    float near = smoothstep(0.0, 0.35, ground_light(at.xy).g + 0.25 * water);
    light += sky.w * ground.w * LAMP * image * (0.5 + water) * shade * (0.25 + 0.75 * near) * 1.4;
#endif
    return mix(light, heaven * heaven * 1.15, strength);
}
#endif
