// What every program knows: the camera and the light. Colours are linear; pictures are written as BGR square roots.
layout(std140) uniform Camera {
    mat4 clip_from_world;
    vec4 eye;            // xyz [m]; w: size of a pixel at 1 m [m]
    vec4 lamp_at[4];     // headlights of the nearest cars: place [m], strength
    vec4 lamp_to[4];     // where they shine, unit
};
layout(std140) uniform Light {
    vec4 sun_direction;  // w: how much of the sun a shadow takes
    vec4 sun;            // w: exposure
    vec4 sky;            // w: night
    vec4 ground;         // w: wetness
    vec4 zenith;         // w: cloud
    vec4 horizon;        // w: extinction, base 2 [1/m]
    vec4 glow;           // w: puddles
    vec4 light_map;      // origin [m], 1 / size [1/m]
    vec4 relief;         // of what throws shadows: level [m], 1 / span [1/m], how far it must stand above what it shades [m]
};

// Where the sun's ray through a point meets the relief's level, and how high the point is in its span.
vec3 relief_place(vec3 at) {
    vec2 slid = at.xy - sun_direction.xy / sun_direction.z * (at.z - relief.x);
    return vec3((slid - light_map.xy) * light_map.zw, (at.z - relief.x) * relief.y);
}

vec3 haze_color(vec3 towards) {
    float facing = max(dot(towards, sun_direction.xyz), 0.0);
    facing *= facing;
    return horizon.rgb + glow.rgb * (0.25 * facing + 0.75 * facing * facing * facing * facing);
}

// As the camera exposes it, rgb: light the air adds; a: share of the surface's light that arrives.
vec4 haze(vec3 at) {
    vec3 away = at - eye.xyz;
    float far = length(away);
    float clear = exp2(-horizon.w * far);
    return vec4(haze_color(away / max(far, 0.01)) * (1.0 - clear), clear) * sun.w;
}

vec3 ambient(float up) { return mix(ground.rgb, sky.rgb, up * 0.5 + 0.5); }

// A soft shoulder, square root for gamma, BGR: sqrt(x (1 + 0.12 x) / (0.82 + 0.45 x)), which is 1 at 1.185, by a polynomial
// that is nowhere farther from it than an eighth of a grey level and spares three divisions.
vec3 to_picture(vec3 exposed) {
    vec3 x = clamp(exposed.bgr, 0.0, 1.185);
    return sqrt(x) * (1.10094 + x * (0.048094 * x - 0.21039));
}

#ifdef NIGHT
// Two beams a car, dipped: bright ahead, dark to the sides and above.
vec3 headlights(vec3 at, vec3 normal) {
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
        vec3 way = at - lamp_at[i].xyz;
        float ahead = dot(way, lamp_to[i].xyz);
        vec3 off = way - ahead * lamp_to[i].xyz;
        float spread = 0.7 + 0.26 * max(ahead, 0.0);
        float cone = 1.0 / (1.0 + pow(dot(off, off) / (spread * spread), 2.0));
        float facing = 0.35 + 0.65 * max(0.0, -dot(normal, way) / (length(way) + 0.1));
        sum += lamp_at[i].w * cone * facing * clamp(ahead * 0.4, 0.0, 1.0) / (1.0 + 0.0035 * ahead * ahead);
    }
    return vec3(1.0, 0.93, 0.78) * sum;
}
const vec3 LAMP = vec3(1.0, 0.70, 0.38);
#endif
