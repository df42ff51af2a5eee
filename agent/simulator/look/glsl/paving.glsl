// Sidewalks, curbs, gravel: a layer of the wall textures, lit by what arrives on the ground.
#ifdef VERTEX
out vec3 at;
out vec4 air;
out vec3 paint;
out vec3 uv;
out float facing;
flat out uint is;
void main() {
    at = in_position;
    air = haze(at);
    paint = in_paint.rgb * in_paint.rgb;
    uv = vec3(in_uv, float(in_kind.x));
    facing = max(dot(in_normal, sun_direction.xyz), 0.0) / sun_direction.z;
    is = identity();
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec3 at;
in vec4 air;
in vec3 paint;
in vec3 uv;
in float facing;
flat in uint is;
uniform sampler2DArray wall_textures;
void main() {
    survey(is);
#ifdef BARE
    return;
#endif
    vec3 color = texture(wall_textures, uv).rgb;
    vec4 local = ground_light(at.xy);
    local.r *= facing;
    color *= color * paint;
#ifdef WET
    color *= mix(1.0, 0.5, ground.w);
    vec3 light = wetted(color * lit_ground(at, local), at, color.rg, 0.0, 0.6);
#else
    vec3 light = color * lit_ground(at, local);
#endif
    out_color = vec4(to_picture(light * air.a + air.rgb), 1.0);
}
#endif
