"""Draws verdicts on a picture: people and head frames by status, hats, and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np

from helmet_service.pictures.labels import SIGNS, draw_labels
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Judgement, Status
from helmet_service.verdicts.watching import Voted
from pose.estimation.head_frames import HeadFrame
from pose.pictures.drawing import draw_skeletons
from pose.pictures.strokes import (
    MAGENTA,
    WHITE,
    Colour,
    Pixels,
    draw_box,
    draw_dashed_box,
    draw_lines,
    draw_signed_box,
    inks,
    line_width,
)
from pose.skeleton import Person

SENT_HAT: Final[Colour] = WHITE
OWN_HAT: Final[Colour] = MAGENTA

_HEAD_BREADTH: Final = 0.75  # of its height; for drawing only


def annotate(
    pixels: Pixels,
    people: Sequence[Person],
    judgement: Judgement,
    hats: Sequence[Hat],
    own: Sequence[Hat] = (),
    *,
    voted: Sequence[Voted] | None = None,
) -> Pixels:
    """A copy of the picture, (H, W, 3) uint8 BGR, with skeletons, boxes and head frames by status, hats, and labels.

    hats: the request's, white; own: those that the model saw itself, magenta. A worn hat is a whole box, any other a
    dashed one with its reason. voted: what the frames so far say of each of `judgement.people`, in that order; it is
    shown, with the track's id, in place of this picture's verdict. Labels are shortened or left out rather than drawn
    over people.
    """
    painted = draw_skeletons(pixels, people)
    width = line_width(pixels)
    statuses = [each.status for each in (judgement.people if voted is None else voted)]
    for verdict, status in zip(judgement.people, statuses, strict=True):
        draw_box(painted, verdict.box.edges, SIGNS[status].colour, width)
        if verdict.head:
            draw_head(painted, verdict.head, status)
    worn = {verdict.hat for verdict in judgement.people}
    for given, colour in ((hats, SENT_HAT), (own, OWN_HAT)):
        for hat in given:
            draw = draw_box if hat.index in worn else draw_dashed_box
            draw(painted, hat.box.edges, colour, width)
    draw_labels(painted, judgement, [*hats, *own], voted)
    return painted


def draw_hats(pixels: Pixels, helmets: Iterable[Box], bare: Iterable[Box]) -> Pixels:
    """A copy of the picture, (H, W, 3) uint8 BGR, with boxes around helmeted and bare heads, with the status' sign."""
    painted = pixels.copy()
    given: tuple[tuple[Iterable[Box], Status], ...] = ((helmets, "helmet"), (bare, "no_helmet"))
    for boxes, status in given:
        for box in boxes:
            draw_signed_box(painted, box.edges, SIGNS[status])
    return painted


def draw_head(painted: Pixels, head: HeadFrame, status: Status) -> None:
    """Draw an ellipse from chin to crown, and a line from the crown upwards, in the status' colour."""
    width, colour = line_width(painted), SIGNS[status].colour
    half = head.size / 2
    axes = round(half), round(half * _HEAD_BREADTH)
    turn = float(np.degrees(np.arctan2(head.up[1], head.up[0])))
    for ink, thick in inks(colour, width):
        cv2.ellipse(painted, (int(head.x), int(head.y)), axes, turn, 0, 360, ink, thick, cv2.LINE_AA)
    crown, above = (
        (int(head.x + head.up[0] * reach), int(head.y + head.up[1] * reach)) for reach in (half, 1.5 * half)
    )
    draw_lines(painted, [(crown, above, colour)], width)
