// What stands still: the vertex part that roads, ground, paving and objects share, and the light on the ground.
#ifdef VERTEX
in vec3 in_position;
in vec3 in_normal;
in vec2 in_uv;
in vec4 in_paint;
in uvec4 in_kind;
in uint in_thing;
uint identity() {
    face(in_normal);
    return in_kind.y | ((in_thing & 0x7fffu) | 0x8000u) << 8u;
}
#else
uniform sampler2D light_texture;  // of the ground: red sun that arrives, green lamps, blue an unpaved edge, alpha unevenness

const float ASPHALT = 1.0 / 24.0, GRASS = 1.0 / 16.0;  // tiles a metre

vec4 ground_light(vec2 at) { return texture(light_texture, (at - light_map.xy) * light_map.zw); }

vec3 lit_ground(vec3 at, vec4 local) {
    vec3 light = ambient(1.0) + sun.rgb * sun_direction.z * local.r;
#ifdef NIGHT
    light += sky.w * (LAMP * local.g * 0.85 + headlights(at, vec3(0.0, 0.0, 1.0)));
#endif
    return light;
}
#endif
