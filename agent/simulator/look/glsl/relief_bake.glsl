// How high above its level the topmost thing on each of the sun's rays meets it: what lies lower on that ray is in shadow.
#ifdef VERTEX
in vec3 in_position;
out float tall;
void main() {
    vec3 place = relief_place(in_position);
    tall = place.z;
    gl_Position = vec4(place.xy * 2.0 - 1.0, 0.0, 1.0);
}
#else
in float tall;
layout(location = 0) out vec4 out_color;
void main() { out_color = vec4(tall, 0.0, 0.0, 1.0); }
#endif
