// Debug strokes: ribbons that face the camera, as wide as asked for but never thinner than a pixel; points are squares on the screen.
#ifdef VERTEX
uniform vec2 screen;     // size of the picture [px]
in vec3 in_begin;
in float in_width;     // [m]; of a point: of the square [px]
in vec3 in_end;        // a point's is its begin
in vec4 in_color;
flat out vec3 color;
void main() {
    bool far_end = (gl_VertexID & 1) == 1;
    float side = (gl_VertexID >> 1) == 1 ? 0.5 : -0.5;
    vec3 at = far_end ? in_end : in_begin;
    color = in_color.bgr;
    vec3 along = in_end - in_begin;
    if (dot(along, along) < 1e-12) {
        vec4 middle = clip_from_world * vec4(at, 1.0);
        vec2 corner = vec2(side, far_end ? 0.5 : -0.5) * in_width;
        gl_Position = middle + vec4(2.0 * corner / screen * middle.w, 0.0, 0.0);
        return;
    }
    vec3 to = at - eye.xyz;
    float width = max(in_width, 1.4 * eye.w * length(to));
    gl_Position = clip_from_world * vec4(at + normalize(cross(along, to) + vec3(1e-9)) * width * side, 1.0);
}
#else
flat in vec3 color;
void main() {
    out_color = vec4(color, 1.0);
    survey_nothing();
}
#endif
