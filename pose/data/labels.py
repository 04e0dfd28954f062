"""The schema of NAME.json, the labels beside a picture: every reader and writer of shards goes through it.

Points and boxes lie in pixels of the upright picture, continuous: the first pixel spans [0, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pose.data.json_values import Box, WrongValueError, box, flag, items, mapping, number, one_of, text, tuple_of, whole
from pose.wording import Missing, described

HUMAN: Final = "human"
TEACHER: Final = "teacher"
TOP_DOWN: Final = "top-down"
JOINED: Final = "joined"
HELMET: Final = "helmet"
BARE: Final = "head"
WHOLE_HEAD: Final = "whole head"
SHELL: Final = "shell when worn, whole head when bare"
NO_BOXES: Final = "none"
AREA: Final = 0.53  # of a person's box: what its outline is taken to cover where nobody drew one
SHARES: Final = 1.5  # pixels: labels that all lie nearer to the origin are shares of the picture, not pixels
OVERSHOT: Final = 1.5  # the peaks of a teacher's heatmaps reach a little beyond 1; what is larger is none
FEWEST_SHARES: Final = 3  # keypoints of a person by which that is told

Keypoint = tuple[float, float, float]
"""x, y and what the label says of it: visibility or confidence, 0 where it is not labelled."""
Keypoints = tuple[Keypoint, ...]

_BOX: Final = "`[left, top, width, height]`"
_SIZE: Final = "Of the picture; it is an error when the picture has another."


@dataclass(frozen=True, slots=True)
class Rule:
    """A field of the schema: what the documentation says of it, and how it is read.

    default: from the fields of the same object above it; None: the field must be there.
    """

    kind: str
    meaning: str
    read: Callable[[object, str], Any]
    unit: str = ""
    shown_default: str = "must be there"
    default: Callable[[Mapping[str, Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """A person with keypoints; the fields' meanings are those of `PERSON`."""

    keypoints: Keypoints
    source: str
    box: Box
    area: float
    by: str | None
    score: float | None
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class HeadLabel:
    """A head with a box; the fields' meanings are those of `HEAD`. kind: empty where it is not known."""

    box: Box
    kind: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What is known of a picture; the fields' meanings are those of `PICTURE`."""

    width: int | None
    height: int | None
    people: tuple[PersonLabel, ...]
    people_complete: bool
    ignore: tuple[Box, ...]
    heads: tuple[HeadLabel, ...]
    heads_complete: bool
    boxes: str
    person_boxes: tuple[Box, ...]
    origin: str


def read_labels(value: object) -> Labels:
    """Labels from parsed JSON; fields that the schema does not have are passed over.

    Raises WrongValueError, which names the field, for what cannot be used.
    """
    labels = Labels(**_read(PICTURE, value, ""))
    known = tuple(head for head in labels.heads if head.kind)
    return replace(labels, heads=known, heads_complete=labels.heads_complete and len(known) == len(labels.heads))


def as_json(labels: Labels) -> dict[str, Any]:
    """What `json.dumps` takes, of which `read_labels` reads the same labels; without what is not known."""
    return asdict(labels, dict_factory=lambda fields: {name: value for name, value in fields if value is not None})


def keypoints(value: object, name: str, count: int = 17) -> Keypoints:
    """So many triples, one after the other or each a list of its own; shares of the picture are refused."""
    given = items(value, name)
    nested = bool(given) and isinstance(given[0], list)
    expected = f"{count} times x, y, visibility"
    if len(given) != (count if nested else 3 * count):
        raise WrongValueError(name, expected, f"a list of {len(given)}")
    triples = given if nested else [given[start : start + 3] for start in range(0, len(given), 3)]
    points = tuple(_keypoint(triple, f"{name}[{index}]") for index, triple in enumerate(triples))
    labelled = [point for point in points if point[2] > 0]
    if len(labelled) >= FEWEST_SHARES and all(max(abs(x), abs(y)) <= SHARES for x, y, _ in labelled):
        raise WrongValueError(name, "pixels", f"shares of the picture: nothing lies beyond {SHARES}")
    return points


def check_visibility(points: Keypoints, name: str) -> None:
    """WrongValueError unless people may have labelled these: with 0, 1 or 2."""
    for index, (_, _, seen) in enumerate(points):
        if seen not in (0, 1, 2):
            raise WrongValueError(f"{name}[{index}]", "visibility 0, 1 or 2, as people label", described(seen))


def pixel_box(value: object, name: str) -> Box:
    """A box, possibly without area; shares of the picture are refused."""
    read = box(value, name)
    if read[2] * read[3] > 0 and max(read) <= SHARES:
        raise WrongValueError(name, "pixels", f"shares of the picture: nothing lies beyond {SHARES}")
    return read


def check_size(pixels: NDArray[np.uint8], width: int | None, height: int | None) -> None:
    """WrongValueError where labels tell another size than that of the picture, (H, W, 3); None: they do not tell."""
    for name, side, told in (("width", pixels.shape[1], width), ("height", pixels.shape[0], height)):
        if told not in (None, side):
            raise WrongValueError(name, f"the picture's {side}", str(told))


def _keypoint(value: object, name: str) -> Keypoint:
    if not isinstance(value, list) or len(value) != 3:
        raise WrongValueError(name, "x, y, visibility", described(value))
    x, y, seen = (number(each, name) for each in value)
    if seen < 0:
        raise WrongValueError(name, "a visibility or confidence of at least 0", described(value[2]))
    return x, y, seen


def _around(values: Mapping[str, Any]) -> Box:
    labelled = [(x, y) for x, y, seen in values["keypoints"] if seen > 0] or [(0.0, 0.0)]
    xs, ys = zip(*labelled, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _person(value: object, name: str) -> PersonLabel:
    person = PersonLabel(**_read(PERSON, value, name))
    if person.source == HUMAN:
        check_visibility(person.keypoints, f"{name}.keypoints")
    else:
        _check_confidence(person.keypoints, f"{name}.keypoints")
    return person


def _check_confidence(points: Keypoints, name: str) -> None:
    for index, (_, _, confidence) in enumerate(points):
        if confidence > OVERSHOT:
            raise WrongValueError(f"{name}[{index}]", "a confidence of 0..1, as a teacher has", described(confidence))


def _area(value: object, name: str) -> float:
    area = number(value, name)
    if area < 0:
        raise WrongValueError(name, "a number of at least 0", described(value))
    return area


def _head(value: object, name: str) -> HeadLabel:
    return HeadLabel(**_read(HEAD, value, name))


PERSON: Final = {
    "keypoints": Rule(
        "17 times `[x, y, v]`, or the 51 numbers in one list",
        "In COCO's order. `v` of people: 0 not labelled, 1 hidden, 2 visible; of a teacher: its confidence, 0 where it "
        "found none.",
        keypoints,
        unit="pixels",
    ),
    "source": Rule(
        f"`{HUMAN}` or `{TEACHER}`",
        "Who set the keypoints: people, or a teacher network.",
        one_of(HUMAN, TEACHER),
        shown_default=f"`{HUMAN}`",
        default=lambda _: HUMAN,
    ),
    "box": Rule(
        _BOX,
        "Around the whole person.",
        pixel_box,
        unit="pixels",
        shown_default="around the labelled keypoints",
        default=_around,
    ),
    "area": Rule(
        "number",
        "Of the person's outline: the scale of COCO's AP.",
        _area,
        unit="square pixels",
        shown_default=f"{AREA} of the box",
        default=lambda values: AREA * values["box"][2] * values["box"][3],
    ),
    "by": Rule(
        "text",
        f"Of people whom `pose label` added: which networks saw them, `{TEACHER}` (one fields network), `{TOP_DOWN}` "
        f"(one top-down network) or `{JOINED}` (several).",
        text,
        shown_default="not known",
        default=lambda _: None,
    ),
    "score": Rule(
        "number",
        "Of people by a teacher: how much of a person was seen, from 0 to 1.",
        number,
        shown_default="not known",
        default=lambda _: None,
    ),
    "confirmed": Rule(
        "`true` or `false`",
        "Of people by a teacher: whether a box that people drew tells that somebody is there.",
        flag,
        shown_default="not known",
        default=lambda _: None,
    ),
}
"""Of each of `people`."""

HEAD: Final = {
    "box": Rule(_BOX, "Around the head, as `boxes` of the picture says.", pixel_box, unit="pixels"),
    "kind": Rule(
        f"`{HELMET}` or `{BARE}`",
        f"`{BARE}` is a bare one. A head without a kind is passed over, and the picture's `heads_complete` is `false`.",
        one_of(HELMET, BARE),
        shown_default="not known",
        default=lambda _: "",
    ),
}
"""Of each of `heads`."""

PICTURE: Final = {
    "width": Rule("whole number", _SIZE, whole, unit="pixels", shown_default="the picture's", default=lambda _: None),
    "height": Rule("whole number", _SIZE, whole, unit="pixels", shown_default="the picture's", default=lambda _: None),
    "people": Rule(
        "list of objects", "Those with keypoints.", tuple_of(_person), shown_default="`[]`", default=lambda _: ()
    ),
    "people_complete": Rule(
        "`true` or `false`",
        "Whether everybody is in `people` or covered by `ignore`.",
        flag,
        shown_default="`false`",
        default=lambda _: False,
    ),
    "ignore": Rule(
        f"list of {_BOX}",
        "Regions where nothing counts: crowds, people without keypoints.",
        tuple_of(pixel_box),
        unit="pixels",
        shown_default="`[]`",
        default=lambda _: (),
    ),
    "heads": Rule("list of objects", "Those with a box.", tuple_of(_head), shown_default="`[]`", default=lambda _: ()),
    "heads_complete": Rule(
        "`true` or `false`",
        "Whether every head is in `heads`.",
        flag,
        shown_default="`false`",
        default=lambda _: False,
    ),
    "boxes": Rule(
        f"`{WHOLE_HEAD}`, `{SHELL}` or `{NO_BOXES}`",
        "What the boxes of `heads` go around.",
        one_of(WHOLE_HEAD, SHELL, NO_BOXES),
        shown_default=f"`{WHOLE_HEAD}`",
        default=lambda _: WHOLE_HEAD,
    ),
    "person_boxes": Rule(
        f"list of {_BOX}",
        "Around whole people, whether they are in `people` or not.",
        tuple_of(pixel_box),
        unit="pixels",
        shown_default="`[]`",
        default=lambda _: (),
    ),
    "origin": Rule(
        "text", "The data set and file that the picture is from.", text, shown_default="empty", default=lambda _: ""
    ),
}
"""Of the picture: the whole file."""


def schema_tables() -> str:
    """The schema as Markdown tables, for the documentation."""
    titled = {"The whole file": PICTURE, "Each of `people`": PERSON, "Each of `heads`": HEAD}
    return "\n\n".join(f"{title}:\n\n{_table(schema)}" for title, schema in titled.items())


def _table(schema: Mapping[str, Rule]) -> str:
    rows = [f"| `{n}` | {r.kind} | {r.unit} | {r.shown_default} | {r.meaning} |" for n, r in schema.items()]
    return "\n".join(["| Field | Value | Unit | Default | Meaning |", "|---|---|---|---|---|", *rows])


def _read(schema: Mapping[str, Rule], value: object, name: str) -> dict[str, Any]:
    given = mapping(value, name or "labels")
    values: dict[str, Any] = {}
    for field, rule in schema.items():
        path = f"{name}.{field}" if name else field
        came = given.get(field)  # null is as good as nothing
        if came is not None:
            values[field] = rule.read(came, path)
        elif rule.default:
            values[field] = rule.default(values)
        else:
            raise WrongValueError(path, rule.kind.replace("`", ""), described(given.get(field, Missing())))
    return values
