"""The trust report as a table in plain letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from agent.trust.curves import BASELINES
from agent.trust.judgement import Judged
from agent.trust.statistics import Estimate

_NAME, _CURVE, _LAYER = 22, 24, 21
_SHUFFLED: tuple[tuple[str, Callable[[Judged], Mapping[str, Estimate]]], ...] = (
    ("shuffling the weights from the output down to", lambda each: each.cascade),
    ("shuffling the weights of one layer alone", lambda each: each.alone),
)


def trust_table(judged: Sequence[Judged], title: str) -> str:
    """Lines of a fixed pitch: deletion and insertion, likeness after shuffling by layer, verdicts."""
    names = [f"{each.name:<{_NAME}}" for each in judged]
    lines = [title, "mean [95 % interval over frames], in steer; deletion: higher is better, insertion: lower"]
    lines.append(
        _row("", (f"{measure} ({base})" for base in BASELINES for measure in ("deletion", "insertion")), _CURVE)
    )
    for name, each in zip(names, judged, strict=True):
        cells = (measure[base] for base in BASELINES for measure in (each.deletion, each.insertion))
        lines.append(_row(name, (_cell(cell, 4) for cell in cells), _CURVE))
    for words, layers in _SHUFFLED:
        lines += ["", f"likeness of the map after {words} (rank correlation [95 % interval]; lower is better)"]
        lines.append(_row("", layers(judged[0]), _LAYER))
        for name, each in zip(names, judged, strict=True):
            lines.append(_row(name, (_cell(cell, 2) for cell in layers(each).values()), _LAYER))
    lines += ["", "verdict"]
    return "\n".join([*lines, *(f"{name}{each.verdict}" for name, each in zip(names, judged, strict=True))])


def _row(name: str, cells: Iterable[str], width: int) -> str:
    return f"{name:<{_NAME}}" + "".join(f"{cell[: width - 1]:>{width}}" for cell in cells)


def _cell(value: Estimate, digits: int) -> str:
    return f"{value.mean:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"
