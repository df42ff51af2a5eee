// What a fragment is, how far, and (BARE) which way it faces: every program that draws the world says so, beside its colour or (BARE) instead of it.
#ifdef VERTEX
#ifdef BARE
out vec3 facing_to;
void face(vec3 to) { facing_to = to; }
#else
void face(vec3 to) {}
#endif
#endif
#ifdef FRAGMENT
#ifdef BARE
in vec3 facing_to;
layout(location = 0) out vec4 out_identity;
layout(location = 1) out vec4 out_depth;
layout(location = 2) out vec4 out_normal;    // world axes, -1..1 as 0..1, BGR
layout(location = 3) out vec4 out_color;
#else
layout(location = 0) out vec4 out_color;
layout(location = 1) out vec4 out_identity;  // number's high and low byte, label: CARLA's instance image as BGRA
layout(location = 2) out vec4 out_depth;     // r: along the optical axis [m]
#endif

vec4 identified(uint is, float cover) {
    return vec4(vec3((is >> 16u) & 255u, (is >> 8u) & 255u, is & 255u) / 255.0, cover);
}

void survey(uint is) {  // label, number << 8
    out_identity = identified(is, 1.0);
    out_depth = vec4(1.0 / gl_FragCoord.w);
#ifdef BARE
    out_normal = vec4(normalize(facing_to).zyx * 0.5 + 0.5, 1.0);
#endif
}

void survey_paint(uint is, float cover) {  // on a surface, as far as that
    out_identity = identified(is, step(0.5, cover));
    out_depth = vec4(0.0);
#ifdef BARE
    out_normal = vec4(0.0);
#endif
}

void survey_nothing() {  // what darkens or veils and is none of its own
    out_identity = vec4(0.0);
    out_depth = vec4(0.0);
}

void survey_sky() {
    out_identity = identified(11u, 1.0);
    out_depth = vec4(1e6);
#ifdef BARE
    out_normal = vec4(0.0, 0.0, 0.0, 1.0);
#endif
}
#endif
