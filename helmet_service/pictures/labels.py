"""What is said of people and hats on a picture: the sign of each status, the labels' words, and where they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.judge import Judgement, Status, Verdict
from helmet_service.verdicts.watching import Voted
from pose.estimation.head_frames import HeadFrame
from pose.pictures.strokes import BARE, HELMETED, UNSURE, Edges, Pixels, Sign, corner_pixels, draw_label, label_size

SIGNS: Final[dict[Status, Sign]] = {"helmet": HELMETED, "no_helmet": BARE, "unknown": UNSURE}

_MOST_COVERED: Final = 0.1  # of a person's box, by the reason of a hat, which may be in its middle
_NEAR: Final = 4  # rows of labels by which a short one may stand above or below its best place


@dataclass(frozen=True, slots=True)
class _Label:
    """What is said of a person, in shorter and shorter words; the last ones are always drawn. sign: before them."""

    texts: tuple[str, ...]
    sign: Sign
    about: Edges


def draw_labels(painted: Pixels, judgement: Judgement, hats: Sequence[Hat], voted: Sequence[Voted] | None) -> None:
    """Draw a label about each person, and about each hat that nobody wears; see `annotate`.

    First, everybody's shortest label gets a place: above the person, or near that where it would cover a head, a hat or
    another label. Then it grows as long as it covers none of these, and nobody.
    """
    taken = [_around(verdict.head) for verdict in judgement.people if verdict.head]
    taken += [hat.box.edges for hat in hats]
    bodies = [verdict.box.edges for verdict in judgement.people]
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
        left, top, right, bottom = verdict.box.edges
        about = left, top if verdict.hat is None else min(top, tops[verdict.hat]), right, bottom
        yield _of_person(verdict, about) if voted is None else _of_track(voted[place], about)


def _about_hats(judgement: Judgement, hats: Sequence[Hat]) -> Iterator[tuple[str, Edges]]:
    boxes = {hat.index: hat.box for hat in hats}
    for loose in judgement.unmatched:
        yield _words(loose.reason), boxes[loose.hat].edges


def _of_person(verdict: Verdict, about: Edges) -> _Label:
    name = str(verdict.person)
    said = f"{name} {_said(verdict.status, verdict.confidence)}"
    why = (f"{said}: {_words(verdict.reason)}",) if verdict.status == "unknown" else ()
    return _Label((*why, said, name), SIGNS[verdict.status], about)


def _of_track(vote: Voted, about: Edges) -> _Label:
    name = f"#{vote.track}"
    return _Label((f"{name} {_said(vote.status, vote.confidence)}", name), SIGNS[vote.status], about)


def _said(status: Status, confidence: float | None) -> str:
    return _words(status) if confidence is None else f"{_words(status)} {confidence:.0%}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _around(head: HeadFrame) -> Edges:
    half = head.size / 2
    return head.x - half, head.y - half, head.x + half, head.y + half


def _places(painted: Pixels, about: Edges, size: tuple[int, int], near: int = 0) -> list[Edges]:
    """Places of a label of this width and height, the best first: on top of its box, right and left of it, and so many
    rows up and down.

    Empty when the label is larger than the picture, or its box lies outside.
    """
    rows, columns = painted.shape[:2]
    width, height = size
    corners = corner_pixels(painted, about)
    if width > columns or height > rows or not corners:
        return []
    left, above = min(corners[0], columns - width), min(max(corners[1] - height, 0), rows - height)
    beside = min(corners[1], rows - height)
    places = [(left, above), (corners[2] + 1, beside), (corners[0] - width, beside)]
    places += [(left, above + row * height) for row in sorted(range(-near, near + 1), key=abs)]
    return [(x, y, x + width, y + height) for x, y in places if 0 <= x <= columns - width and 0 <= y <= rows - height]


def _free_texts(painted: Pixels, label: _Label, taken: Sequence[Edges]) -> Iterator[tuple[str, Edges]]:
    for text in label.texts:
        place = _first_free(_places(painted, label.about, label_size(painted, text, label.sign)), taken)
        if place:
            yield text, place


def _first_free(places: Sequence[Edges], taken: Sequence[Edges], bodies: Sequence[Edges] = ()) -> Edges | None:
    return next((place for place in places if _is_free(place, taken, bodies)), None)


def _is_free(place: Edges, taken: Sequence[Edges], bodies: Sequence[Edges]) -> bool:
    if any(_meet(place, other) for other in taken):
        return False
    return all(_shared(place, body) <= _MOST_COVERED * _shared(body, body) for body in bodies if _meet(place, body))


def _meet(a: Edges, b: Edges) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _shared(a: Edges, b: Edges) -> float:
    """The area, in square pixels, of the part that two boxes that meet have in common."""
    return (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))


def _draw(painted: Pixels, text: str, sign: Sign | None, place: Edges) -> None:
    draw_label(painted, text, sign, (int(place[0]), int(place[1])))
