"""Hud.draw(step) -> picture, off-screen: the same steps give the same pictures, to the byte."""

from __future__ import annotations

from collections.abc import Sequence

from agent.types import Picture, RunCard, Saliency, Step
from viz import cards, explain_cards, messages
from viz.blend import ALPHA_MAX, blend_into
from viz.canvas import Canvas
from viz.colors import BRIGHT, DANGER, GLASS, LANE_ALERT, WARNING
from viz.fit import fit, letterbox
from viz.history import ALERT_S, History
from viz.keys import BINDINGS, Binding
from viz.layout import Box, lay_out
from viz.palettes import EMBER, Palette
from viz.pen import Pen

NOTICE_STEPS = 40
"""How many pictures a notice stays on."""


class Hud:
    """The camera picture with the saliency where the network looked, and gauges around it.

    Draws a picture from the steps alone: no clock, no display, no system font.

    Attributes:
        card: facts of the run; replace it when one changes (`every`).
        overlay: whether the saliency is shown.
        visible: whether gauges are shown; help, pause and notices are shown all the same.
        help: whether the key table is shown.
        attention: whether the attention ledger is shown, where there is one.
        alarm: what the ledger raises an alarm for just now; "" for nothing.
        keys: rows of the key table.
        paused: whether to say that the run stands still.
        palette: of the saliency.
        history: what was on show before; a seek may put another one in its place.
        alpha_max: greatest opacity of the saliency, [0, 1].
        notice: a short message, shown for `NOTICE_STEPS` pictures from when it was set; "" for none.
    """

    def __init__(self, width_px: int, height_px: int, card: RunCard) -> None:
        """
        Args:
            width_px: of the picture.
            height_px: of the picture.
            card: facts of the run.

        Raises:
            ValueError: a side below 16 px.
        """
        if min(width_px, height_px) < 16:
            raise ValueError(f"a HUD of {width_px}x{height_px} is too small, wanted 16x16 or more")
        self.card = card
        self.overlay = True
        self.visible = True
        self.help = False
        self.keys: Sequence[Binding] = BINDINGS
        self.paused = False
        self.attention = True
        self.alarm = ""
        self.palette: Palette = EMBER
        self.alpha_max = ALPHA_MAX
        self._size_px = (width_px, height_px)
        self._layout = lay_out(width_px, height_px)
        self.history = History()
        self._notice = ""
        self._notice_left = 0

    @property
    def notice(self) -> str:
        """The message on show."""
        return self._notice if self._notice_left > 0 else ""

    @notice.setter
    def notice(self, words: str) -> None:
        self._notice, self._notice_left = words, NOTICE_STEPS

    def draw(self, step: Step) -> Picture:
        """The picture of a step. Drawing the same step again (paused) moves no trend and no scale.

        Args:
            step: its image may have any size; it is fitted into the picture.

        Returns:
            RGB uint8 (height_px, width_px, 3), a new array.

        Raises:
            ValueError: the saliency's placement does not lie in the image.
        """
        self.history.add(step)
        pen = Pen(Canvas(self._view(step)), self._layout)
        free_to = self._draw_gauges(pen, step) if self.visible else self._layout.status.top
        self._draw_messages(pen, step.frame.time_s, free_to)
        return pen.canvas.picture

    def _view(self, step: Step) -> Picture:
        """Camera image and saliency in the size of the picture, writable."""
        picture, saliency = step.frame.image.copy(), step.saliency
        if saliency is not None and self.overlay:
            scale = self.history.scale.value
            blend_into(picture, saliency, scale, alpha_max=self.alpha_max, palette=self.palette)
        return letterbox(picture, self._size_px)

    def _draw_gauges(self, pen: Pen, step: Step) -> int:
        """All but the messages; down to where the picture is left free [px]."""
        now_s = step.frame.time_s
        if step.saliency is not None and self.overlay:
            self._draw_outline(pen, step, step.saliency)
        self._draw_flash(pen, now_s)
        cards.driving_card(pen, step)
        cards.trend_card(pen, self.history, now_s)
        cards.saliency_card(
            pen, step, self.card, scale=self.history.scale.value, palette=self.palette, overlay=self.overlay
        )
        cards.status_line(pen, step, self.card)
        return self._draw_explanations(pen, step)

    def _draw_explanations(self, pen: Pen, step: Step) -> int:
        if step.saliency is not None and step.saliency.check is not None:
            explain_cards.check_card(pen, step.saliency.check)
        if step.attention is not None and self.attention:
            explain_cards.attention_card(pen, step.attention)
        if step.saliency is not None and step.saliency.panels and self.overlay:
            return explain_cards.panel_strip(pen, step.frame.image, step.saliency, self.history, self.palette)
        return self._layout.status.top

    def _draw_outline(self, pen: Pen, step: Step, saliency: Saliency) -> None:
        """Rim of what the network saw; none where that is the whole image."""
        height, width = step.frame.image.shape[:2]
        place = fit((width, height), self._size_px).place(saliency.placement)
        if (place.height_px, place.width_px) != self._size_px[::-1]:
            box = Box(place.left_px, place.top_px, place.width_px, place.height_px)
            pen.canvas.frame(box, BRIGHT, 1, 0.22)
            pen.canvas.brackets(box, pen.px(22), BRIGHT, max(1, pen.px(2)))

    def _draw_flash(self, pen: Pen, now_s: float) -> None:
        """The rim of the picture lights up after a collision or a lane invasion, and fades."""
        collision, invasion = self.history.alerts(now_s)
        newest, color = (collision, DANGER) if collision is not None else (invasion, WARNING)
        if newest is not None:
            fresh = 1.0 - (now_s - newest.time_s) / ALERT_S
            whole = Box(0, 0, pen.canvas.width_px, pen.canvas.height_px)
            pen.canvas.frame(whole, color, max(2, pen.px(8)), 0.2 + 0.75 * fresh)

    def _draw_messages(self, pen: Pen, now_s: float, free_to: int) -> None:
        collision, invasion = self.history.alerts(now_s) if self.visible else (None, None)
        y = self._layout.check.bottom + pen.px(36)
        for words, tint in (
            ("PAUSED   K continues" if self.paused else "", GLASS),
            (f"ATTENTION  {self.alarm}" if self.alarm and self.visible else "", LANE_ALERT),
            (collision.text if collision is not None else "", DANGER),
            (invasion.text if invasion is not None else "", LANE_ALERT),
        ):
            if words:
                y += messages.pill(pen, words, y, tint) + pen.px(10)
        if self.notice:
            messages.pill(pen, self.notice, free_to - pen.px(36))
            self._notice_left -= 1
        if self.help:
            messages.help_card(pen, self.keys)
