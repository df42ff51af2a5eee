// A larger picture down to its size: the mean of the pixels below each pixel.
#ifdef VERTEX
out vec2 place;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    place = corner * 0.5 + 0.5;
    gl_Position = vec4(corner, 0.0, 1.0);
}
#else
in vec2 place;
uniform sampler2D large_texture;
layout(location = 0) out vec4 out_color;
void main() {
    out_color = textureLod(large_texture, place, 0.0);
}
#endif
