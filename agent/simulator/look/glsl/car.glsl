// Actors: paint with a sheen of the sky, glass, wheels that roll and steer, lights.
#ifdef VERTEX
in vec3 in_position;
in vec3 in_normal;
in vec3 in_pivot;      // of a wheel
in vec4 in_paint;      // alpha: share of the actor's own colour
in uvec4 in_kind;      // part: 0 body, 1 wheel, 2 steered wheel, 3 and 4 limbs; gloss; lamp: 0 none, 1 head, 2 tail, 3 brake, 4 and 5
uniform mat4 world_from_body;  // blinkers left and right, 6 reverse
uniform vec3 color;
uniform vec2 wheel;    // roll, steer or stride [rad]
uniform float lamps[8];
uniform sampler2D light_texture;
out vec3 at;
out vec3 normal;
out vec3 light;
out vec3 paint;
out float gloss;
out vec4 air;
out float shine;
uniform uint is_;      // label, and number of the actor above it
flat out uint is;
vec3 turned(vec3 p) {
    float roll = in_kind.x < 3u ? wheel.x : in_kind.x == 3u ? -wheel.y : wheel.y;
    float c = cos(roll), s = sin(roll);
    p = vec3(p.x * c + p.z * s, p.y, p.z * c - p.x * s);
    float a = in_kind.x == 2u ? wheel.y : 0.0;
    c = cos(a); s = sin(a);
    return vec3(p.x * c - p.y * s, p.x * s + p.y * c, p.z);
}
void main() {
    vec3 p = in_position, n = in_normal;
    if (in_kind.x > 0u) { p = turned(p - in_pivot) + in_pivot; n = turned(n); }
    at = (world_from_body * vec4(p, 1.0)).xyz;
    normal = mat3(world_from_body) * n;
    face(normal);
    vec4 local = textureLod(light_texture, (at.xy - light_map.xy) * light_map.zw, 1.0);
    float facing = max(dot(normal, sun_direction.xyz), 0.0);
    float shade = 0.55 + 0.45 * clamp(p.z * 1.6, 0.0, 1.0);
    light = ambient(normal.z) * shade + sun.rgb * facing * local.r;
#ifdef NIGHT
    light += sky.w * (LAMP * local.g * 0.4 * (0.6 + 0.4 * normal.z) + 0.8 * headlights(at, normal));
#endif
    vec3 own = in_paint.rgb * in_paint.rgb;
    paint = mix(own, color * color * 0.92 + 0.006, in_paint.a);
    gloss = float(in_kind.y) / 255.0 * (0.35 + 0.65 * local.r);
    shine = lamps[in_kind.z];
    is = in_kind.w > 0u ? is_ & ~255u | in_kind.w : is_;
    air = haze(at);
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec3 at;
in vec3 normal;
in vec3 light;
in vec3 paint;
in float gloss;
in vec4 air;
in float shine;
flat in uint is;
uniform sampler2D sky_texture;
void main() {
    survey(is);
#ifdef BARE
    return;
#endif
    vec3 towards = normalize(at - eye.xyz);
    vec3 facing = normalize(normal);
    vec3 mirrored = reflect(towards, facing);
    float fresnel = 0.045 + 0.9 * pow(1.0 - clamp(-dot(towards, facing), 0.0, 1.0), 5.0);
    vec2 p = mirrored.xy / (abs(mirrored.x) + abs(mirrored.y) + max(mirrored.z, 0.0));
    vec3 heaven = texture(sky_texture, vec2(p.x + p.y, p.x - p.y) * 0.5 + 0.5).rgb;
    heaven = mix(ground.rgb * 0.35, heaven * heaven, smoothstep(-0.06, 0.12, mirrored.z));
    float spark = pow(max(dot(mirrored, sun_direction.xyz), 0.0), 220.0);
    vec3 lit = paint * light + gloss * (fresnel * heaven + 1.1 * spark * sun.rgb);
    lit = mix(lit, paint * 3.2 + 0.05, shine);
    out_color = vec4(to_picture(lit * air.a + air.rgb), 1.0);
}
#endif
