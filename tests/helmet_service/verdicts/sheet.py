"""Draws the table of cases to one sheet: `python -m tests.helmet_service.verdicts.sheet [OUT.png]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.drawing import LOOSE_HAT, STATUS_COLOURS, WORN_HAT
from helmet_service.verdicts.boxes import Hat
from pose.estimation.head_frames import HeadFrame
from pose.pictures.drawing import draw_skeletons
from pose.skeleton import Person
from tests.helmet_service.verdicts.cases import CASES, Case, outcomes, unmatched
from tests.helmet_service.verdicts.scenes import judged

OUT: Final = Path("docs/verdict-cases.png")
COLUMNS: Final = 8
NAME, LINE, MARGIN = 24, 17, 6  # pixels of a tile's name, of a line below its picture, around both
LEGEND: Final = (
    "Circle: the head, its tick points up; green: helmet, red: no helmet, amber: unknown. Box: a hat, cyan when worn. "
    "Purple: the person's own right, blue: left. Below each picture what is said of it; red where that is wrong."
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
    """Skeletons, head frames in the colour of their status, hats; several people or hats with their numbers."""
    scene = case.scene
    painted = draw_skeletons(np.full((scene.height, scene.width, 3), PICTURE, np.uint8), scene.people)
    judgement = judged(scene)
    worn = {verdict.hat for verdict in judgement.people}
    for hat in scene.hats:
        _draw_hat(painted, hat, WORN_HAT if hat.index in worn else LOOSE_HAT, told=len(scene.hats) > 1)
    for verdict in judgement.people:
        if verdict.head:
            _draw_head(painted, verdict.head, STATUS_COLOURS[verdict.status])
        if len(scene.people) > 1:
            _write_number(painted, verdict.person, scene.people[verdict.person])
    return painted


def _write_number(painted: Pixels, number: int, person: Person) -> None:
    """The person's number beside what is seen lowest: on its left, and on its right for every second person."""
    bottom = person.points[:, 1].max()
    feet = person.points[person.points[:, 1] > bottom - 3, 0]
    x = feet.max() + 8 if number % 2 else feet.min() - 18
    _write(painted, str(number), (int(x), int(bottom)), NUMBER, 0.55)


def _draw_hat(painted: Pixels, hat: Hat, colour: Colour, *, told: bool) -> None:
    box = hat.box
    corners = [(round(x), round(y)) for x, y in ((box.left, box.top), (box.right, box.bottom))]
    cv2.rectangle(painted, *corners, colour, 1)
    if told:
        y = corners[1][1] if hat.index % 2 else corners[0][1] + 10
        _write(painted, f"h{hat.index}", (corners[0][0] - 18, y), colour, 0.4)


def _draw_head(painted: Pixels, head: HeadFrame, colour: Colour) -> None:
    """A circle from chin to crown, and a tick from the crown upwards."""
    centre, up = np.array((head.x, head.y)), np.array(head.up)
    crown, above = centre + up * head.size / 2, centre + up * head.size * 0.8
    cv2.circle(painted, _pixel(centre), round(head.size / 2), colour, 2, cv2.LINE_AA)
    cv2.line(painted, _pixel(crown), _pixel(above), colour, 2, cv2.LINE_AA)


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return int(point[0]), int(point[1])


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
