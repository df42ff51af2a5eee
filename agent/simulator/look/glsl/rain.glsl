// Rain: thin streaks in a box of air around the camera that falls past it with the frame number.
#ifdef VERTEX
in vec4 in_drop;       // place in the unit box, length
uniform vec4 fall;     // phase of the frame (xyz), share of drops drawn
out float strength;
void main() {
    vec3 box = vec3(14.0, 14.0, 9.0);
    vec3 at = (fract(in_drop.xyz + fall.xyz - eye.xyz / box) - 0.5) * box;
    bool top = (gl_VertexID & 1) == 1;
    vec3 streak = vec3(0.10, 0.05, 0.55 + 0.5 * in_drop.w);
    vec3 side = normalize(cross(streak, at)) * (0.0022 + 0.5 * eye.w * length(at));
    vec3 p = at + (top ? streak : vec3(0.0)) + side * ((gl_VertexID >> 1) == 1 ? 1.0 : -1.0);
    float thin = 0.0044 / (0.0044 + eye.w * length(at));
    strength = (fract(in_drop.w * 7.31) < fall.w ? 1.0 : 0.0) * (0.12 + 0.38 * thin) * (top ? 0.2 : 1.0) * smoothstep(1.2, 2.6, length(at));
    gl_Position = clip_from_world * vec4(eye.xyz + p, 1.0);
}
#else
in float strength;
void main() {
    out_color = vec4(to_picture((horizon.rgb * 1.15 + 0.01 + sky.w * vec3(0.13, 0.12, 0.10)) * sun.w), strength);
    survey_nothing();
}
#endif
