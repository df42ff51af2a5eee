// Leaves and blades: cards with an outline; seen from both sides, lit as the crown they belong to.
#ifdef VERTEX
out vec4 air;
out vec3 light;
out vec3 uv;
flat out uint is;
void main() {
    air = haze(in_position);
    float facing = (dot(in_normal, sun_direction.xyz) + 0.55) / 1.55;
    light = (ambient(in_normal.z) + sun.rgb * max(facing, 0.0)) * in_paint.rgb * in_paint.rgb;
#ifdef NIGHT
    light += sky.w * headlights(in_position, vec3(0.0)) * in_paint.rgb * in_paint.rgb;
#endif
    uv = vec3(in_uv, float(in_kind.x));
    is = identity();
    gl_Position = clip_from_world * vec4(in_position, 1.0);
}
#else
in vec4 air;
in vec3 light;
in vec3 uv;
flat in uint is;
uniform sampler2DArray cutout_textures;
void main() {
    vec4 color = texture(cutout_textures, uv);
    if (color.a < 0.42) discard;
    survey(is);
#ifdef BARE
    return;
#endif
    out_color = vec4(to_picture(color.rgb * color.rgb * 1.5 * light * air.a + air.rgb), 1.0);
}
#endif
