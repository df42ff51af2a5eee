// What stands throws its shadow onto the map of the ground's light: every vertex slides along the sun's rays to its foot.
#ifdef VERTEX
in vec3 in_foot;  // x, y of the vertex and its height above the ground [m]
void main() {
    vec2 at = in_foot.xy - sun_direction.xy / sun_direction.z * max(in_foot.z, 0.0);
    gl_Position = vec4((at - light_map.xy) * light_map.zw * 2.0 - 1.0, 0.0, 1.0);
}
#else
layout(location = 0) out vec4 out_color;
void main() { out_color = vec4(0.0, 0.0, 0.0, 1.0); }
#endif
