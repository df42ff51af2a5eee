"""The cards of the HUD: driving, trend, saliency, status; each drawn from a step into its place."""

from __future__ import annotations

from dataclasses import dataclass

from agent.types import RunCard, Saliency, Step
from viz import gauges
from viz.blend import has_gradient
from viz.colors import BRAKE, BRIGHT, MUTED, OFFSET, STEERING, THROTTLE, WARNING
from viz.history import TREND_S, History
from viz.layout import Box
from viz.palettes import Palette
from viz.pen import Pen
from viz.text import shortened, width_px


def driving_card(pen: Pen, step: Step) -> None:
    """Speed, steering, pedals."""
    card, telemetry, control = pen.layout.driving, step.frame.telemetry, step.control
    compact = pen.layout.compact
    pen.glass(card)
    pen.text(f"{3.6 * telemetry.speed_mps:.0f}", card, (74, 78), 70, BRIGHT, align=0.5)
    limit = telemetry.speed_limit_mps
    unit = "km/h" if limit is None or compact else f"km/h  of {3.6 * limit:.0f}"
    pen.text(unit, card, (74, 108), 18, MUTED, align=0.5)
    wheel = (card.left + pen.px(198), card.top + pen.px(64 if compact else 58))
    ghost = step.saliency.check.hidden if step.saliency is not None and step.saliency.check is not None else None
    gauges.steering_wheel(pen.canvas, wheel, pen.px(44), control.steer, ghost)
    if not compact:
        side = "" if abs(control.steer) < 0.0005 else (" R" if control.steer > 0 else " L")
        pen.text(f"{abs(control.steer):.3f}{side}", card, (198, 116), 16, MUTED, align=0.5)
    for left, pressed, color, name in (
        (276, control.throttle, THROTTLE, "gas"),
        (322, control.brake, BRAKE, "brake"),
    ):
        gauges.pedal(pen.canvas, pen.box(card, left - 7, 16, 14, 80 if not compact else 96), pressed, color)
        if not compact:
            pen.text(name, card, (left, 116), 15, MUTED, align=0.5)


def trend_card(pen: Pen, history: History, now_s: float) -> None:
    """Steering and lane offset of the last seconds; right is up."""
    card = pen.layout.trend
    if card is None:
        return
    pen.glass(card)
    unit = pen.layout.unit_px
    steers, offsets = history.trends(now_s)
    steer_full = gauges.full_scale(steers[:, 1], (0.1, 0.2, 0.5, 1.0))
    offset_full = gauges.full_scale(offsets[:, 1], (0.5, 1.0, 2.0, 4.0))
    plot = Box(card.left + pen.px(34), card.top + pen.px(38), card.width - pen.px(50), card.height - pen.px(52))
    gauges.trend_axes(pen.canvas, plot, TREND_S)
    gauges.trend(pen.canvas, plot, offsets, full=offset_full, color=OFFSET, thick_px=1.8 * unit)
    gauges.trend(pen.canvas, plot, steers, full=steer_full, color=STEERING, thick_px=2.4 * unit)
    wide = card.width / unit
    pen.text(f"steering ±{steer_full:g}", card, (16, 26), 16, STEERING)
    pen.text("R", card, (22, 50), 14, MUTED, align=0.5)
    pen.text("L", card, (22, 114), 14, MUTED, align=0.5)
    newest = history.samples[-1].lane_offset_m if history.samples else None
    if newest is not None:
        offset = f"{newest:+.2f} m".replace("-", "−")
        words = f"lane offset {offset}" if wide > 300 else offset
        pen.text(words, card, (wide - 16, 26), 16, OFFSET, align=1.0)


def saliency_card(pen: Pen, step: Step, card_facts: RunCard, *, scale: float, palette: Palette, overlay: bool) -> None:
    """What was explained and how strong it is, against the running scale."""
    card, saliency = pen.layout.saliency, step.saliency
    compact, wide = pen.layout.compact, pen.layout.saliency.width / pen.layout.unit_px
    pen.glass(card)
    method, layer = (saliency.method, saliency.layer) if saliency else (card_facts.method, card_facts.layer)
    every = "every frame" if card_facts.every == 1 else f"every {card_facts.every} frames"
    room = card.width - pen.px(32)
    size = round(17 * pen.layout.unit_px)
    title = "saliency off" if method == "off" else f"{method} · {layer}"
    if not compact and width_px(title, size) + width_px(every, size) < room:
        pen.text(every, card, (wide - 16, 30), 15.5, MUTED, align=1.0)
    fitting = (units for units in (17.0, 15.0, 13.5) if width_px(title, round(units * pen.layout.unit_px)) <= room)
    units = next(fitting, 13.5)
    pen.text(shortened(title, round(units * pen.layout.unit_px), room), card, (16, 30), units, BRIGHT)
    known = saliency is not None and has_gradient(saliency) and scale > 0.0
    mark = saliency.peak / scale if saliency is not None and known else None
    signed = saliency is not None and saliency.signed
    gauges.legend(pen.canvas, pen.box(card, 16, 46, wide - 32, 14), palette, mark, signed=signed)
    if compact:
        pen.text(_strength(saliency, overlay=overlay), card, (16, 108), 15, BRIGHT if known else WARNING)
        return
    pen.text("left" if signed else "0", card, (16, 80), 15.5, MUTED)
    unit = saliency.unit if saliency is not None else ""
    scale_words = f"{'right  ±' if signed else ''}{short(scale)} {unit}" if scale > 0.0 else "–"
    pen.text(scale_words, card, (wide - 16, 80), 15.5, MUTED, align=1.0)
    off = card_facts.method == "off"
    words = "" if off else _strength(saliency, overlay=overlay)
    pen.text(words, card, (16, 112), 17, BRIGHT if known else WARNING)
    if saliency is not None:
        age = step.frame.index - saliency.frame_index
        words = f"map {age} frame{'' if age == 1 else 's'} old"
        pen.text(words, card, (wide - 16, 112), 15.5, MUTED if age < 2 * card_facts.every else WARNING, align=1.0)


def _strength(saliency: Saliency | None, *, overlay: bool) -> str:
    if saliency is None:
        return "no map yet"
    if not has_gradient(saliency):
        return "no gradient"
    return f"peak {short(saliency.peak)}" + ("" if overlay else "  hidden")


def short(value: float) -> str:
    """Two significant digits in few letters: 8.4e-4."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


@dataclass(frozen=True, slots=True, order=True)
class _Fact:
    """One fact of the status line; where there is little room, the highest rank goes first."""

    rank: int
    on_right: bool
    label: str
    value: str


def status_line(pen: Pen, step: Step, facts: RunCard) -> None:
    """Facts of the run, the most telling ones where there is little room."""
    card, telemetry = pen.layout.status, step.frame.telemetry
    pen.canvas.glass(card, 0)
    size = 16.5 * pen.layout.unit_px
    letters, longest = round(size), pen.px(240)
    minutes, hundredths = divmod(round(100.0 * step.frame.time_s), 6000)
    factor = f"{telemetry.real_time_factor:.2f}×" if telemetry.real_time_factor > 0.0 else "–"
    line = (
        _Fact(2, False, "map", shortened(facts.map, letters, longest)),
        _Fact(3, False, "weather", shortened(telemetry.weather, letters, longest)),
        _Fact(4, False, "model", shortened(facts.model, letters, longest)),
        _Fact(0, True, "time", f"{minutes}:{hundredths / 100.0:05.2f}"),
        _Fact(1, True, "real time", factor),
        _Fact(5, True, "frame", f"{step.frame.index}"),
    )
    inner, gap, pad = pen.px(7), pen.px(26), pen.px(16)
    widths = {fact: width_px(fact.label, letters) + inner + width_px(fact.value, letters) + gap for fact in line}
    shown = sorted(line)
    while shown and sum(widths[fact] for fact in shown) > card.width - 2 * pad:
        shown.pop()
    x = card.left + pad
    right_px = sum(widths[fact] for fact in shown if fact.on_right) - gap
    baseline = card.top + card.height / 2.0 + 0.36 * size
    for fact in (fact for fact in line if fact in shown):
        if fact.on_right and x < card.right - pad - right_px:
            x = card.right - pad - right_px
        label_px = pen.canvas.text(fact.label, (x, baseline), size, MUTED)
        pen.canvas.text(fact.value, (x + label_px + inner, baseline), size, BRIGHT)
        x += widths[fact]
