// The baked sky behind everything, as the picture shows it.
#ifdef VERTEX
noperspective out vec3 towards;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    mat4 rows = transpose(clip_from_world);  // right and down, longer by the focal lengths; ahead
    vec3 right = rows[0].xyz, down = rows[1].xyz;
    towards = rows[3].xyz + corner.x * right / dot(right, right) + corner.y * down / dot(down, down);
    gl_Position = vec4(corner, 1.0, 1.0);
}
#else
noperspective in vec3 towards;
uniform sampler2D heaven_texture;
void main() {
    survey_sky();
#ifdef BARE
    return;
#endif
    float up = max(towards.z, 0.0);
    vec2 p = towards.xy / (abs(towards.x) + abs(towards.y) + up);
    out_color = texture(heaven_texture, vec2(p.x + p.y, p.x - p.y) * 0.5 + 0.5);
}
#endif
