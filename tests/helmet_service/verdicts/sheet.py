"""Draws the table of cases to one sheet: `python -m tests.helmet_service.verdicts.sheet [OUT.png]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.drawing import annotate
from tests.helmet_service.verdicts.cases import CASES, Case, outcomes, unmatched
from tests.helmet_service.verdicts.scenes import judged

OUT: Final = Path("docs/verdict-cases.png")
COLUMNS: Final = 8
NAME, LINE, MARGIN = 24, 17, 6  # pixels of a tile's name, of a line below its picture, around both
LEGEND: Final = (
    "Ellipse: the head, its line points up; green, tick: helmet; orange, cross: no helmet; yellow, question mark: "
    "unknown. White box: a hat, dashed where nobody wears it. Purple: the person's own right, blue: left. Below each "
    "picture what is said of it; red where that is wrong."
)

# BGR
PAPER, INK, PICTURE, NUMBER = (250, 250, 250), (40, 40, 40), (96, 90, 84), (255, 255, 255)
CALM, LOUD = (150, 150, 150), (40, 0, 230)
FONT: Final = cv2.FONT_HERSHEY_SIMPLEX

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]


def sheet(cases: tuple[Case, ...]) -> Pixels:
    """A legend and all cases side by side, (H, W, 3) uint8 BGR."""
    rows = [_row(cases[start : start + COLUMNS]) for start in range(0, len(cases), COLUMNS)]
    width = max(row.shape[1] for row in rows)
    legend = np.full((2 * NAME, width, 3), PAPER, np.uint8)
    _write(legend, LEGEND, (MARGIN, NAME), INK, 0.6)
    return np.vstack([legend, *(_padded(row, row.shape[0], width) for row in rows)])


def _row(cases: tuple[Case, ...]) -> Pixels:
    tiles = [_tile(case) for case in cases]
    height = max(tile.shape[0] for tile in tiles)
    padded = [_padded(tile, height, tile.shape[1]) for tile in tiles]
    return np.hstack([_framed(tile, case) for tile, case in zip(padded, cases, strict=True)])


def _padded(pixels: Pixels, height: int, width: int) -> Pixels:
    room = (0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)
    return np.pad(pixels, room, constant_values=PAPER[0])


def _framed(tile: Pixels, case: Case) -> Pixels:
    right = not any(wrong for _, wrong in _lines(case))
    corners = (1, 1), (tile.shape[1] - 2, tile.shape[0] - 2)
    return cv2.rectangle(tile, *corners, CALM if right else LOUD, 1 if right else 5)


def _tile(case: Case) -> Pixels:
    """The case's name, its picture, and a line for each person and each hat on nobody's head."""
    lines = _lines(case)
    width, height = case.scene.width, case.scene.height
    tile = np.full((NAME + height + LINE * len(lines) + 2 * MARGIN, width + 2 * MARGIN, 3), PAPER, np.uint8)
    tile[NAME : NAME + height, MARGIN : MARGIN + width] = _picture(case)
    _write(tile, case.name, (MARGIN, NAME - 7), INK)
    for number, (line, wrong) in enumerate(lines, 1):
        _write(tile, line, (MARGIN, NAME + height + number * LINE), LOUD if wrong else INK)
    return tile


def _picture(case: Case) -> Pixels:
    """The scene as the service draws it; several hats with their numbers."""
    scene = case.scene
    blank = np.full((scene.height, scene.width, 3), PICTURE, np.uint8)
    painted = annotate(blank, scene.people, judged(scene), scene.hats)
    for hat in scene.hats if len(scene.hats) > 1 else ():
        y = hat.box.bottom if hat.index % 2 else hat.box.top + 10
        _write(painted, f"h{hat.index}", (round(hat.box.left) - 18, round(y)), NUMBER, 0.4)
    return painted


def _lines(case: Case) -> list[tuple[str, bool]]:
    """What is said, and whether it is wrong; a wrong line is followed by what is right."""
    judgement = judged(case.scene)
    said = [_said_of_person(*numbered) for numbered in enumerate(outcomes(judgement))]
    right = [_said_of_person(*numbered) for numbered in enumerate(case.people)]
    hats = dict(unmatched(judgement)), dict(case.unmatched)
    for hat in sorted(hats[0].keys() | hats[1].keys()):
        said.append(f"h{hat}: {hats[0].get(hat, 'worn')}")
        right.append(f"h{hat}: {hats[1].get(hat, 'worn')}")
    lines = []
    for ours, true in zip(said, right, strict=True):
        lines += [(ours, False)] if ours == true else [(f"WRONG {ours}", True), (f"RIGHT {true}", True)]
    return lines


def _said_of_person(number: int, outcome: tuple[str, str, int | None]) -> str:
    status, reason, hat = outcome
    return f"{number}: {status}, {reason}" + ("" if hat is None else f" h{hat}")


def _write(painted: Pixels, text: str, foot: tuple[int, int], colour: Colour, size: float = 0.45) -> None:
    cv2.putText(painted, text, foot, FONT, size, colour, 1, cv2.LINE_AA)


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    cv2.imwrite(str(out), sheet(CASES), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
