"""What is said of people and hats on a picture: the sign of each status, the labels' words, and where they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Judgement, Status, Verdict
from helmet_service.verdicts.watching import Voted
from pose.estimation.head_frames import HeadFrame
from pose.pictures.strokes import BARE, HELMETED, UNSURE, Pixels, Sign, corner_pixels, draw_label, label_size

SIGNS: Final[dict[Status, Sign]] = {"helmet": HELMETED, "no_helmet": BARE, "unknown": UNSURE}

_MOST_COVERED: Final = 0.1  # of a person's box, by the reason of a hat, which may be in its middle
_NEAR: Final = 4  # rows of labels by which a short one may stand above or below its best place


@dataclass(frozen=True, slots=True)
class _Label:
    """What is said of a person, in shorter and shorter words; the last ones are always drawn. sign: before them."""

    texts: tuple[str, ...]
    sign: Sign
    about: Box


def draw_labels(painted: Pixels, judgement: Judgement, hats: Sequence[Hat], voted: Sequence[Voted] | None) -> None:
    """Draw a label about each person, and about each hat that nobody wears; see `annotate`.

    First, everybody's shortest label gets a place: above the person, or near that where it would cover a head, a hat or
    another label. Then it grows as long as it covers none of these, and nobody.
    """
    taken = [_around(verdict.head) for verdict in judgement.people if verdict.head] + [hat.box for hat in hats]
    bodies = [verdict.box for verdict in judgement.people]
    placed = []
    for label in _about_people(judgement, hats, voted):
        places = _places(painted, label.about, label_size(painted, label.texts[-1], label.sign), _NEAR)
        if places:
            placed.append((label, _first_free(places, taken) or places[0]))
            taken.append(placed[-1][1])
    for label, short in placed:
        taken.remove(short)
        text, place = next(_free_texts(painted, label, [*taken, *bodies]), (label.texts[-1], short))
        taken.append(place)
        _draw(painted, text, label.sign, place)
    for reason, hat in _about_hats(judgement, hats):
        free = _first_free(_places(painted, hat, label_size(painted, reason, None)), taken, bodies)
        if free:
            taken.append(free)
            _draw(painted, reason, None, free)


def _about_people(judgement: Judgement, hats: Sequence[Hat], voted: Sequence[Voted] | None) -> Iterator[_Label]:
    tops = {hat.index: hat.box.top for hat in hats}
    for place, verdict in enumerate(judgement.people):
        box = verdict.box
        top = box.top if verdict.hat is None else min(box.top, tops[verdict.hat])
        about = replace(box, top=top, height=box.bottom - top)
        yield _of_person(verdict, about) if voted is None else _of_track(voted[place], about)


def _about_hats(judgement: Judgement, hats: Sequence[Hat]) -> Iterator[tuple[str, Box]]:
    boxes = {hat.index: hat.box for hat in hats}
    for loose in judgement.unmatched:
        yield _words(loose.reason), boxes[loose.hat]


def _of_person(verdict: Verdict, about: Box) -> _Label:
    name = str(verdict.person)
    said = f"{name} {_said(verdict.status, verdict.confidence)}"
    why = (f"{said}: {_words(verdict.reason)}",) if verdict.status == "unknown" else ()
    return _Label((*why, said, name), SIGNS[verdict.status], about)


def _of_track(vote: Voted, about: Box) -> _Label:
    name = f"#{vote.track}"
    return _Label((f"{name} {_said(vote.status, vote.confidence)}", name), SIGNS[vote.status], about)


def _said(status: Status, confidence: float | None) -> str:
    return _words(status) if confidence is None else f"{_words(status)} {confidence:.0%}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _around(head: HeadFrame) -> Box:
    return Box(head.x - head.size / 2, head.y - head.size / 2, head.size, head.size)


def _places(painted: Pixels, about: Box, size: tuple[int, int], near: int = 0) -> list[Box]:
    """Places of a label of this width and height, the best first: on top of its box, right and left of it, and so many
    rows up and down.

    Empty when the label is larger than the picture, or its box lies outside.
    """
    rows, columns = painted.shape[:2]
    width, height = size
    corners = corner_pixels(painted, (about.left, about.top, about.right, about.bottom))
    if width > columns or height > rows or not corners:
        return []
    left, top, right, _ = corners
    left, top, beside = min(left, columns - width), min(max(top - height, 0), rows - height), min(top, rows - height)
    places = [(left, top), (right + 1, beside), (corners[0] - width, beside)]
    places += [(left, top + row * height) for row in sorted(range(-near, near + 1), key=abs)]
    return [Box(x, y, width, height) for x, y in places if 0 <= x <= columns - width and 0 <= y <= rows - height]


def _free_texts(painted: Pixels, label: _Label, taken: Sequence[Box]) -> Iterator[tuple[str, Box]]:
    for text in label.texts:
        place = _first_free(_places(painted, label.about, label_size(painted, text, label.sign)), taken)
        if place:
            yield text, place


def _first_free(places: Sequence[Box], taken: Sequence[Box], bodies: Sequence[Box] = ()) -> Box | None:
    return next((place for place in places if _is_free(place, taken, bodies)), None)


def _is_free(place: Box, taken: Sequence[Box], bodies: Sequence[Box]) -> bool:
    return all(_shared(place, other) <= 0 for other in taken) and all(
        _shared(place, body) <= _MOST_COVERED * body.area for body in bodies
    )


def _draw(painted: Pixels, text: str, sign: Sign | None, place: Box) -> None:
    draw_label(painted, text, sign, (int(place.left), int(place.top)))


def _shared(a: Box, b: Box) -> float:
    """The area that both boxes cover, in square pixels."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(width, 0.0) * max(height, 0.0)
