"""Results as Markdown tables or as one JSON object."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from helmet_service.bench.conditions import CONDITIONS, DETECTED
from helmet_service.bench.outcomes import MEASURES, PARTS, Figure, figures
from helmet_service.bench.reliability import Reliability, reliability, stated
from helmet_service.bench.run import Results


def as_json(results: Results, boxes: Mapping[str, Figure]) -> dict[str, Any]:
    """Every figure as [value, low, high] by matcher, condition and measure; `parts` of the heads; `calibration`.

    A figure with a denominator of 0 is None. boxes: see `own_boxes`.
    """
    table: dict[str, Any] = {}
    for (condition, matcher), judged in results.items():
        of_matcher = table.setdefault(matcher, {})
        of_matcher[condition] = _plain(figures(judged))
        if condition == CONDITIONS[0].name:
            of_matcher["parts"] = {name: _plain(figures(judged, part)) for name, part in PARTS.items()}
    found = _mixed(results)
    if found is not None:
        table["calibration"] = {
            "calibration_error": found.calibration_error,
            "brier": found.brier,
            "bins": [{"said": each.said, "right": each.right, "verdicts": each.verdicts} for each in found.bins],
        }
    table["boxes"] = {name: _rounded(each) for name, each in boxes.items()}
    return table


def as_markdown(results: Results, boxes: Mapping[str, Figure]) -> str:
    """Three tables: by condition, by part of the heads, and of confidences; a dash stands for a denominator of 0.

    boxes: see `own_boxes`, on a line below.
    """
    first = CONDITIONS[0].name
    parted = [
        [f"{matcher}, {name}", *_cells(figures(judged, part))]
        for (condition, matcher), judged in _in_order(results)
        if condition == first
        for name, part in PARTS.items()
    ]
    tables = [
        as_table(results),
        _table([f"{first}, by part", *(measure.heading for measure in MEASURES.values())], parted),
    ]
    found = _mixed(results)
    if found is not None:
        bins = [[f"{each.said:.3f}", f"{each.right:.3f}", str(each.verdicts)] for each in found.bins]
        tables.append(_table(["confidence", "right", "verdicts"], bins))
        tables.append(f"Calibration error {found.calibration_error:.3f}, Brier score {found.brier:.3f}.")
    if boxes:
        found_boxes = ", ".join(f"{name.replace('_', ' ')} {_cell(each)}" for name, each in boxes.items())
        tables.append(f"Boxes that the model sees itself: {found_boxes}.")
    return "\n\n".join(tables)


def as_table(results: Results, measures: Collection[str] = MEASURES) -> str:
    """A row for each condition and matcher, a column for each of these measures."""
    judged = next(iter(results.values()))
    truths = [label.truth for picture in judged for label in picture.labels]
    holds = f"{len(judged)} pictures, {len(truths)} heads, {truths.count('no_helmet')} bare"
    rows = [
        [f"{matcher}, {condition}", *_cells(figures(pictures), measures)]
        for (condition, matcher), pictures in _in_order(results)
    ]
    return _table([holds, *(MEASURES[name].heading for name in measures)], rows)


def _mixed(results: Results) -> Reliability | None:
    """The reliability of the default matcher's confidences under the mix `DETECTED`."""
    judged = [picture for condition in DETECTED for picture in results[condition.name, "assignment"]]
    return reliability(*stated(judged))


def _in_order(results: Results) -> Sequence[tuple[tuple[str, str], Any]]:
    """The default matcher's rows first."""
    return sorted(results.items(), key=lambda item: item[0][1])


def _plain(measured: dict[str, Figure]) -> dict[str, list[float] | None]:
    return {name: _rounded(each) if (each := measured.get(name)) else None for name in MEASURES}


def _rounded(figure: Figure) -> list[float]:
    return [round(figure.value, 2), round(figure.low, 2), round(figure.high, 2)]


def _cells(measured: dict[str, Figure], measures: Collection[str] = MEASURES) -> list[str]:
    return [_cell(each) if (each := measured.get(name)) else "–" for name in measures]


def _cell(figure: Figure) -> str:
    return f"{figure.value:.1f} [{figure.low:.1f}, {figure.high:.1f}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
