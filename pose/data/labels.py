"""The schema of NAME.json, the labels beside a picture; every reader and writer of shards uses it.

Points and boxes are continuous pixel coordinates of the upright picture: the first pixel spans [0, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pose.data.json_values import Box, WrongValueError, flag, mapping, number, one_of, text, tuple_of, whole
from pose.data.pixel_values import Keypoints, check_confidence, check_visibility, keypoints, pixel_box
from pose.errors import Missing, described

HUMAN: Final = "human"
TEACHER: Final = "teacher"
TOP_DOWN: Final = "top-down"
JOINED: Final = "joined"
HELMET: Final = "helmet"
BARE: Final = "head"
WHOLE_HEAD: Final = "whole head"
SHELL: Final = "shell when worn, whole head when bare"
NO_BOXES: Final = "none"
AREA: Final = 0.53  # share of a person's box that its outline covers, where nobody drew the outline
_BOX: Final = "`[left, top, width, height]`"
_SIZE: Final = "Of the picture; a picture of another size is an error."


@dataclass(frozen=True, slots=True)
class Rule:
    """A key of the schema: its documentation and its reader.

    default: makes the value from those of the keys above it in the same object; None: the key is required.
    """

    kind: str
    meaning: str
    read: Callable[[object, str], Any]
    unit: str = ""
    shown_default: str = "must be there"
    default: Callable[[Mapping[str, Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """A person with keypoints; `PERSON` says what each attribute means."""

    keypoints: Keypoints
    source: str
    box: Box
    area: float
    by: str | None
    score: float | None
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class HeadLabel:
    """A head with a box; `HEAD` says what each attribute means. kind: empty where it is not known."""

    box: Box
    kind: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a picture; `PICTURE` says what each attribute means."""

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
    """Labels from parsed JSON; keys that the schema does not have are ignored.

    Raises WrongValueError that names the key of a value that cannot be used.
    """
    labels = Labels(**_read(PICTURE, value, ""))
    known = tuple(head for head in labels.heads if head.kind)
    return replace(labels, heads=known, heads_complete=labels.heads_complete and len(known) == len(labels.heads))


def as_json(labels: Labels) -> dict[str, Any]:
    """The labels as `json.dumps` takes them and `read_labels` reads them back; unknown values are left out."""
    return asdict(labels, dict_factory=lambda pairs: {name: value for name, value in pairs if value is not None})


def check_size(pixels: NDArray[np.uint8], width: int | None, height: int | None) -> None:
    """WrongValueError where labels give another size than that of the picture, (H, W, 3); None: they give none."""
    for name, side, given in (("width", pixels.shape[1], width), ("height", pixels.shape[0], height)):
        if given not in (None, side):
            raise WrongValueError(name, f"the picture's {side}", str(given))


def _around(values: Mapping[str, Any]) -> Box:
    labelled = [(x, y) for x, y, seen in values["keypoints"] if seen > 0] or [(0.0, 0.0)]
    xs, ys = zip(*labelled, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _person(value: object, name: str) -> PersonLabel:
    person = PersonLabel(**_read(PERSON, value, name))
    if person.source == HUMAN:
        check_visibility(person.keypoints, f"{name}.keypoints")
    else:
        check_confidence(person.keypoints, f"{name}.keypoints")
    return person


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
        "In COCO's order. `v` of human labels: 0 not labelled, 1 hidden, 2 visible; of a teacher's: a confidence, 0 "
        "for a keypoint that it did not find.",
        keypoints,
        unit="pixels",
    ),
    "source": Rule(
        f"`{HUMAN}` or `{TEACHER}`",
        "Who labelled the keypoints: people, or a teacher network.",
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
        "Area of the person's outline, the scale of COCO's AP.",
        _area,
        unit="square pixels",
        shown_default=f"{AREA} of the box",
        default=lambda values: AREA * values["box"][2] * values["box"][3],
    ),
    "by": Rule(
        "text",
        f"The networks that found a person whom `pose label` added: `{TEACHER}` (one fields network), `{TOP_DOWN}` "
        f"(one top-down network) or `{JOINED}` (several).",
        text,
        shown_default="not known",
        default=lambda _: None,
    ),
    "score": Rule(
        "number",
        "A teacher's score of the person, from 0 to 1.",
        number,
        shown_default="not known",
        default=lambda _: None,
    ),
    "confirmed": Rule(
        "`true` or `false`",
        "Whether a box that people drew confirms a teacher's person.",
        flag,
        shown_default="not known",
        default=lambda _: None,
    ),
}
"""The keys of each person."""

HEAD: Final = {
    "box": Rule(_BOX, "Around the part of the head that `boxes` of the picture names.", pixel_box, unit="pixels"),
    "kind": Rule(
        f"`{HELMET}` or `{BARE}`",
        f"`{BARE}` is a bare one. A head without a kind is ignored, and makes the picture's `heads_complete` `false`.",
        one_of(HELMET, BARE),
        shown_default="not known",
        default=lambda _: "",
    ),
}
"""The keys of each head."""

PICTURE: Final = {
    "width": Rule("whole number", _SIZE, whole, unit="pixels", shown_default="the picture's", default=lambda _: None),
    "height": Rule("whole number", _SIZE, whole, unit="pixels", shown_default="the picture's", default=lambda _: None),
    "people": Rule(
        "list of objects", "People with keypoints.", tuple_of(_person), shown_default="`[]`", default=lambda _: ()
    ),
    "people_complete": Rule(
        "`true` or `false`",
        "Whether everybody is in `people` or in an `ignore` region.",
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
    "heads": Rule("list of objects", "Heads with a box.", tuple_of(_head), shown_default="`[]`", default=lambda _: ()),
    "heads_complete": Rule(
        "`true` or `false`",
        "Whether every head is in `heads`.",
        flag,
        shown_default="`false`",
        default=lambda _: False,
    ),
    "boxes": Rule(
        f"`{WHOLE_HEAD}`, `{SHELL}` or `{NO_BOXES}`",
        "What the boxes of `heads` enclose.",
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
    "origin": Rule("text", "The picture's data set and file.", text, shown_default="empty", default=lambda _: ""),
}
"""The keys of the whole file."""


def _read(schema: Mapping[str, Rule], value: object, name: str) -> dict[str, Any]:
    given = mapping(value, name or "labels")
    values: dict[str, Any] = {}
    for key, rule in schema.items():
        path = f"{name}.{key}" if name else key
        came = given.get(key)  # null counts as missing
        if came is not None:
            values[key] = rule.read(came, path)
        elif rule.default:
            values[key] = rule.default(values)
        else:
            raise WrongValueError(path, rule.kind.replace("`", ""), described(given.get(key, Missing())))
    return values
