// Lamps one looks into at night: a bright core in a halo that grows in haze. Draws over what is there, says nothing of its own.
#ifdef VERTEX
in vec4 in_place;     // [m]; w: radius of the halo [m]
in vec4 in_shine;     // colour, strength
out vec2 corner;
out vec4 shine;
void main() {
    corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    mat4 rows = transpose(clip_from_world);
    vec3 away = eye.xyz - in_place.xyz;
    float far = length(away);
    float radius = max(in_place.w, 2.5 * eye.w * far);
    vec3 at = in_place.xyz + away / far * min(0.4, 0.5 * far);
    at += radius * (corner.x * normalize(rows[0].xyz) + corner.y * normalize(rows[1].xyz));
    shine = vec4(in_shine.rgb, in_shine.a * exp2(-0.6 * horizon.w * far));
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec2 corner;
in vec4 shine;
void main() {
    float out_ = max(1.0 - length(corner), 0.0);
    float core = smoothstep(0.78, 0.92, out_);
    float halo = out_ * out_ * (0.28 + 0.25 * min(horizon.w * 80.0, 1.0));
    out_color = vec4(to_picture((shine.rgb + 0.6 * core) * sun.w), min(shine.a * (halo + core), 1.0));
    survey_nothing();
}
#endif
