// What a fragment is and how far: every program that draws the world says so, beside its colour or (BARE) instead of it.
#ifdef FRAGMENT
#ifdef BARE
layout(location = 0) out vec4 out_identity;
layout(location = 1) out vec4 out_depth;
layout(location = 2) out vec4 out_color;
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
}

void survey_paint(uint is, float cover) {  // on a surface, as far as that
    out_identity = identified(is, step(0.5, cover));
    out_depth = vec4(0.0);
}

void survey_nothing() {  // what darkens or veils and is none of its own
    out_identity = vec4(0.0);
    out_depth = vec4(0.0);
}

void survey_sky() {
    out_identity = identified(11u, 1.0);
    out_depth = vec4(1e6);
}
#endif
