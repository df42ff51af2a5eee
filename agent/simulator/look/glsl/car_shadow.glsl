// Under each actor the sky is hidden and beside it the sun: two soft boxes, darkening what is already there.
#ifdef VERTEX
in vec4 in_box;    // centre x, y, z, yaw
in vec3 in_size;   // half length, half width, height
out vec2 away;     // from the box's middle, in its frame [m]
out vec2 cast_;    // the same from where the sun's shadow falls
flat out vec3 half_size;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    vec2 ahead = vec2(cos(in_box.w), sin(in_box.w)), right = vec2(-ahead.y, ahead.x);
    vec2 slide = -sun_direction.xy / sun_direction.z * in_size.z * 0.5;
    slide *= min(1.0, 2.5 / (length(slide) + 0.01));
    vec2 local = vec2(dot(slide, ahead), dot(slide, right));
    away = corner * (in_size.xy + abs(local) + 0.9) + 0.5 * local;
    cast_ = away - local;
    half_size = in_size;
    vec2 at = in_box.xy + ahead * away.x + right * away.y;
    gl_Position = clip_from_world * vec4(at, in_box.z + 0.01, 1.0);
}
#else
in vec2 away;
in vec2 cast_;
flat in vec3 half_size;
float inside(vec2 at, float soft) {
    vec2 d = abs(at) - half_size.xy + vec2(soft * 0.5);
    float far = length(max(d, 0.0)) + min(max(d.x, d.y), 0.0);
    return smoothstep(soft, -soft, far);
}
void main() {
    float under = inside(away, 0.35) * 0.62;
    float hidden = inside(cast_, 0.3) * 0.5 * sun_direction.w * (1.0 - sky.w) * clamp(sun.g, 0.0, 1.0);
    out_color = vec4(0.0, 0.0, 0.0, 1.0 - (1.0 - under) * (1.0 - hidden));
    survey_nothing();
}
#endif
