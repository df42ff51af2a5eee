"""The cards of the HUD: driving, trend, saliency, status; each drawn from a step into its place."""

from __future__ import annotations

import math
from typing import NamedTuple

from agent.types import RunCard, Saliency, Step
from viz import faces, gauges
from viz.blend import has_gradient
from viz.colors import BRAKE, BRIGHT, MUTED, OFFSET, STEERING, THROTTLE, WARNING
from viz.history import History
from viz.palettes import Palette
from viz.pen import Pen
from viz.text import shortened, width_px


def driving_card(pen: Pen, step: Step) -> None:
    """Speed, steering, pedals."""
    card, telemetry, control = pen.layout.driving, step.frame.telemetry, step.control
    limit = telemetry.speed_limit_mps
    unit = "km/h" if limit is None or pen.layout.compact else f"km/h  of {3.6 * limit:.0f}"
    pen.face(card, faces.driving_face, unit)
    speed = f"{3.6 * telemetry.speed_mps:.0f}" if math.isfinite(telemetry.speed_mps) else "–"
    pen.text(speed, card, (74, 78), 70, BRIGHT, align=0.5, lasting=True)
    ghost = step.saliency.check.hidden if step.saliency is not None and step.saliency.check is not None else None
    gauges.steering_wheel(pen.canvas, faces.wheel_center(pen), pen.px(44), control.steer, ghost)
    if not pen.layout.compact:
        side = "" if abs(control.steer) < 0.0005 else (" R" if control.steer > 0 else " L")
        pen.text(f"{abs(control.steer):.3f}{side}", card, (198, 116), 16, MUTED, align=0.5)
    for (left, _), pressed, color in zip(
        faces.PEDALS, (control.throttle, control.brake), (THROTTLE, BRAKE), strict=True
    ):
        gauges.pedal(pen.canvas, faces.pedal_box(pen, left), pressed, color)


def trend_card(pen: Pen, history: History, now_s: float) -> None:
    """Steering and lane offset of the last seconds; right is up."""
    card = pen.layout.trend
    if card is None:
        return
    unit = pen.layout.unit_px
    steers, offsets = history.trends(now_s)
    steer_full = gauges.full_scale(steers[:, 1], (0.1, 0.2, 0.5, 1.0))
    offset_full = gauges.full_scale(offsets[:, 1], (0.5, 1.0, 2.0, 4.0))
    pen.face(card, faces.trend_face, card, steer_full)
    plot = faces.trend_plot(pen, card)
    gauges.trend(pen.canvas, plot, offsets, full=offset_full, color=OFFSET, thick_px=1.8 * unit)
    gauges.trend(pen.canvas, plot, steers, full=steer_full, color=STEERING, thick_px=2.4 * unit)
    wide = card.width / unit
    newest = history.samples[-1, 2] if len(history.samples) else math.nan
    if not math.isnan(newest):
        offset = f"{newest:+.2f} m".replace("-", "−")
        words = f"lane offset {offset}" if wide > 300 else offset
        pen.text(words, card, (wide - 16, 26), 16, OFFSET, align=1.0, lasting=True)


def saliency_card(pen: Pen, step: Step, card_facts: RunCard, *, scale: float, palette: Palette, overlay: bool) -> None:
    """What was explained and how strong it is, against the running scale."""
    card, saliency = pen.layout.saliency, step.saliency
    wide = pen.layout.saliency.width / pen.layout.unit_px
    method, layer = (saliency.method, saliency.layer) if saliency else (card_facts.method, card_facts.layer)
    title = "saliency off" if method == "off" else f"{method} · {layer}"
    signed = saliency is not None and saliency.signed
    age = 0 if saliency is None else step.frame.index - saliency.frame_index
    late = age >= 2 * card_facts.every
    pen.face(card, faces.saliency_face, title, None if late else card_facts.every, palette, signed)
    known = saliency is not None and has_gradient(saliency) and scale > 0.0
    if saliency is not None and known:
        gauges.legend_mark(pen.canvas, faces.legend_box(pen), saliency.peak / scale, signed=signed)
    color = BRIGHT if known else WARNING
    if pen.layout.compact:
        pen.text(_strength(saliency, overlay=overlay), card, (16, 108), 15, color, lasting=True)
        return
    unit = saliency.unit if saliency is not None else ""
    scale_words = f"{'right  ±' if signed else ''}{short(scale)} {unit}" if scale > 0.0 else "–"
    pen.text(scale_words, card, (wide - 16, 80), 15.5, MUTED, align=1.0, lasting=True)
    off = card_facts.method == "off"
    words = "" if off else _strength(saliency, overlay=overlay)
    pen.text(words, card, (16, 112), 17, color, lasting=True)
    if saliency is not None:
        words = f"map {age} frame{'' if age == 1 else 's'} old"
        pen.text(words, card, (wide - 16, 112), 15.5, WARNING if late else MUTED, align=1.0, lasting=True)


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


class _Fact(NamedTuple):
    """One fact of the status line; where there is little room, the highest rank goes first."""

    rank: int
    on_right: bool
    label: str
    value: str


def status_line(pen: Pen, step: Step, facts: RunCard) -> None:
    """Facts of the run, the most telling ones where there is little room."""
    card, telemetry = pen.layout.status, step.frame.telemetry
    size = faces.STATUS_SIZE * pen.layout.unit_px
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
    places = []
    for fact in (fact for fact in line if fact in shown):
        if fact.on_right and x < card.right - pad - right_px:
            x = card.right - pad - right_px
        places.append((x, fact))
        x += widths[fact]
    lasting = tuple((left_px, fact.label, fact.value) for left_px, fact in places if not fact.on_right)
    pen.face(card, faces.status_face, lasting)
    for left_px, fact in places:
        if fact.on_right:
            faces.status_fact(pen, left_px, fact.label, fact.value)
