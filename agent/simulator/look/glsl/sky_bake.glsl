// The sky of one weather, once, on the hemi-octahedral square that `sky_place` reads: as light, and as the picture shows it.
#ifdef VERTEX
out vec2 place;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    place = corner * 0.5 + 0.5;
    gl_Position = vec4(corner, 0.0, 1.0);
}
#else
in vec2 place;
uniform sampler2D cloud_texture;
layout(location = 0) out vec4 out_light;
layout(location = 1) out vec4 out_picture;
void main() {
    vec2 s = place * 2.0 - 1.0;
    vec3 to = vec3((s.x + s.y) * 0.5, (s.x - s.y) * 0.5, 0.0);
    to.z = 1.0 - abs(to.x) - abs(to.y);
    to = normalize(to);
    float facing = max(dot(to, sun_direction.xyz), 0.0);
    vec3 low = haze_color(normalize(vec3(to.xy, to.z * 0.3)));
    vec3 color = mix(zenith.rgb, low, exp2(-6.5 * to.z));
    float day = 1.0 - sky.w;
    vec3 sun_tint = sun.rgb / max(max(sun.r, sun.g), 0.001);
    float disc = mix(smoothstep(0.99945, 0.9998, facing), smoothstep(0.9991, 0.9995, facing), sky.w);
    float clear = 1.0 - smoothstep(0.35, 0.9, zenith.w);
    float aureole = pow(facing, 350.0) * 0.9 + pow(facing, 24.0) * 0.16;
    color += sun_tint * clear * (aureole * mix(0.04, 1.0, day) + disc * mix(0.8, 6.0, day));
    vec2 ceiling = to.xy / (to.z + 0.16);
    vec4 big = texture(cloud_texture, ceiling * 0.085 + 0.21);
    vec4 small = texture(cloud_texture, ceiling * 0.36 + 0.6);
    float thick = big.r * 0.62 + small.g * 0.27 + big.b * 0.11;
    vec2 lift = sun_direction.xy * 0.02;
    float ahead = texture(cloud_texture, ceiling * 0.085 + 0.21 + lift).r * 0.7 + small.r * 0.3;
    float edge = mix(0.60, 0.22, pow(zenith.w, 0.6));
    float cover = smoothstep(edge, edge + 0.2, thick) * smoothstep(0.0, 0.12, to.z);
    float lit = clamp(0.62 + 2.2 * (thick - ahead) - 0.35 * smoothstep(edge, edge + 0.45, thick), 0.0, 1.0);
    vec3 cloud = mix(sky.rgb * 0.75, sky.rgb * 0.9 + sun.rgb * 0.42, lit);
    cloud = mix(cloud, low, exp2(-9.0 * to.z));
    color = mix(color, cloud, cover * mix(0.75, 0.95, zenith.w));
    float star = fract(sin(dot(floor(gl_FragCoord.xy / 1.5), vec2(39.35, 11.14))) * 24634.63);
    color += sky.w * (1.0 - cover) * clear * smoothstep(0.9975, 1.0, star) * 0.3 * smoothstep(0.05, 0.4, to.z);
    float fog = 1.0 - exp2(-min(horizon.w * 600.0, 20.0) / (0.25 + 5.0 * to.z));
    color = mix(color, low, clamp(fog, 0.0, 1.0));
    vec3 seen = sqrt(clamp(color / 1.15, 0.0, 1.0));
    float grain = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
    out_light = vec4(seen + grain / 255.0, 1.0);
    out_picture = vec4(to_picture(color * sun.w) + grain / 255.0, 1.0);
}
#endif
