// Painted lines. The ribbon is widened with distance to cover the pixels the paint touches; how much of a pixel is paint
// follows from the derivatives, across and along, so lines and dashes stay smooth to the horizon.
#ifdef VERTEX
out vec3 at;
out vec4 air;
out vec3 paint;
out vec2 place;              // along, across [m]
flat out vec3 pattern;       // half width, dash, dash + gap [m]
flat out uint is;
void main() {
    float half_width = 0.5 * in_uv.y;
    float far = length(in_position - eye.xyz);
    float reach = half_width + 0.03 + 1.5 * eye.w * far;
    at = in_position + vec3(in_normal.xy, 0.0) * (in_normal.z * reach);
    air = haze(at);
    paint = in_paint.rgb * in_paint.rgb;
    is = identity();
    place = vec2(in_uv.x, in_normal.z * reach);
    float dash = float(in_kind.x) * 0.1;
    pattern = vec3(half_width, dash, dash + float(in_kind.z) * 0.1);
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec3 at;
in vec4 air;
in vec3 paint;
in vec2 place;
flat in vec3 pattern;
flat in uint is;
uniform sampler2D asphalt_texture;
float painted(float s) {  // metres of paint from 0 to s
    float period = pattern.z, turns = floor(s / period);
    return turns * pattern.y + min(s - turns * period, pattern.y);
}
void main() {
    vec2 wide = max(fwidth(place) * 0.8, vec2(1e-4));
    float left = max(place.y - 0.5 * wide.y, -pattern.x), right = min(place.y + 0.5 * wide.y, pattern.x);
    float cover = clamp((right - left) / wide.y, 0.0, 1.0);
    if (pattern.z > pattern.y)
        cover *= clamp((painted(place.x + 0.5 * wide.x) - painted(place.x - 0.5 * wide.x)) / wide.x, 0.0, 1.0);
    survey_paint(is, cover);
#ifdef BARE
    return;
#endif
    vec4 grain = texture(asphalt_texture, at.xy * ASPHALT);
    vec4 local = ground_light(at.xy);
    float worn = smoothstep(0.78, 0.5, grain.r * 0.62 + local.a * 0.36);
    vec3 color = paint * (0.62 + 0.28 * grain.r + 0.12 * local.a);
#ifdef WET
    color *= mix(1.0, 0.72, ground.w);
    vec3 light = wetted(color * lit_ground(at, local), at, grain.ba, 0.1, 0.7);
#else
    vec3 light = color * lit_ground(at, local);
#endif
    out_color = vec4(to_picture(light * air.a + air.rgb), cover * (0.72 + 0.28 * worn));
}
#endif
