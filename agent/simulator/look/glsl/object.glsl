// Houses, walls, lamps, rails, trunks, crowns: light by vertex, one texture layer, windows that shine at night.
#ifdef VERTEX
uniform sampler2D light_texture;
out vec4 air;
out vec3 light;           // of all but the sun
out vec4 sunny;           // place in the relief, and how the sun falls on it
out vec3 paint;
out vec3 uv;
flat out uint number;     // of the house
flat out uint is;
void main() {
    vec3 at = in_position;
    air = haze(at);
    float soft = float(in_kind.w) / 255.0;  // leaves let light through
    float facing = (dot(in_normal, sun_direction.xyz) + soft) / (1.0 + soft);
    light = ambient(in_normal.z);
    sunny = vec4(relief_place(at), max(facing, 0.0));
    sunny.z = soft > 0.0 ? 2.0 : max(sunny.z + relief.z * relief.y, relief.z * relief.y);  // crowns shade themselves
    paint = in_paint.rgb * in_paint.rgb;
#ifdef NIGHT
    vec2 lamps = textureLod(light_texture, (at.xy - light_map.xy) * light_map.zw, 2.0).rg;
    light += sky.w * (LAMP * lamps.g * 0.5 * clamp(1.1 - 0.13 * at.z, 0.1, 1.0) + headlights(at, in_normal));
    light += sky.w * in_paint.a * LAMP * 5.0;
#endif
    uv = vec3(in_uv, float(in_kind.x));
    number = in_kind.z;
    is = identity();
    gl_Position = clip_from_world * vec4(at, 1.0);
}
#else
in vec4 air;
in vec3 light;
in vec4 sunny;
in vec3 paint;
in vec3 uv;
flat in uint number;
flat in uint is;
uniform sampler2DArray wall_textures;
uniform sampler2D relief_texture;
void main() {
    survey(is);
#ifdef BARE
    return;
#endif
    vec4 color = texture(wall_textures, uv);
    vec3 lit = color.rgb * color.rgb * mix(paint, vec3(1.0), min(color.a * 2.0, 1.0));
    float hidden = clamp((texture(relief_texture, sunny.xy).r - sunny.z) * 50.0, 0.0, 1.0);
    lit *= light + sun.rgb * (sunny.w * (1.0 - sun_direction.w * hidden));
    float glass = max(color.a * 2.0 - 1.0, 0.0);
    lit += glass * 0.10 * sky.rgb;
#ifdef NIGHT
    vec2 window = floor(uv.xy * 2.0);
    float dice = fract(sin(dot(window, vec2(12.99, 78.23)) + float(number) * 3.71) * 437.585);
    lit += glass * sky.w * step(0.6, dice) * mix(vec3(0.9, 0.55, 0.22), vec3(0.75, 0.7, 0.55), fract(dice * 57.0)) * 0.8;
#endif
    out_color = vec4(to_picture(lit * air.a + air.rgb), 1.0);
}
#endif
