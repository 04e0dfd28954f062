"""Schemas of requests, for validation and for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from helmet_service.api.schemas.request_values import Base64Texts, PictureSource, TolerantObject, printable
from helmet_service.values.checked import Number, Object, WholeNumber, boxes, choice, says, text
from helmet_service.values.looks import looks, scales, tiles
from helmet_service.verdicts.case import MATCHERS, TRUSTS
from helmet_service.work.box_units import BOXES
from pose.estimation.hands import MOST_HANDS


def _side() -> Number:
    # apispec documents an exclusive bound as an inclusive one
    above_0 = validate.Range(0, min_inclusive=False)
    return Number("a number > 0", above_0, required=True, metadata={"exclusiveMinimum": 0})


class BoxRequest(Object):
    """A detector's box of a hat, vest or hand, in pixels of the upright picture; it may reach beyond the picture."""

    left = Number(required=True)
    top = Number(required=True)
    width = _side()
    height = _side()
    score = Number("a number from 0 to 1", validate.Range(0, 1), allow_none=True, load_default=None)


def _include(*parts: str) -> fields.List[Any]:
    expected = " or ".join(parts)
    part = text(expected, validate.OneOf(parts))
    return fields.List(part, error_messages=says(f"a list of {expected}"), load_default=list)


class _NamedRequest(Object):
    """A request to which its client may give a name."""

    id = printable(1, 128, allow_none=True, load_default=None)


class ComplianceRequest(_NamedRequest):
    """Who wears a helmet in this picture?"""

    picture = PictureSource()
    hats = boxes(
        BoxRequest,
        BOXES,
        allow_none=True,
        load_default=None,
        metadata={"description": "All hats in the picture; [] means: there are none; null: the model looks for them."},
    )
    hat_boxes = choice("auto", "shell", "head", default="auto")
    trust = choice(*TRUSTS, default=None)
    vests = boxes(BoxRequest, BOXES, allow_none=True, load_default=None)
    matcher = choice(*MATCHERS, default=MATCHERS[0])
    scales = scales()
    tiles = tiles()
    looks = looks()
    include = _include("keypoints", "head", "annotated", "hands")


class VideoRequest(_NamedRequest):
    """Who wears a helmet in this video? Every `every`-th frame is judged; null: so many that it is 5 a second."""

    hat_boxes = choice("auto", "shell", "head", default="auto")
    trust = choice(*TRUSTS, default=None)
    matcher = choice(*MATCHERS, default=MATCHERS[0])
    scales = scales()
    tiles = tiles()
    looks = looks()
    every = WholeNumber(1, 10_000, allow_none=True, load_default=None)


class FrameHatsRequest(Object):
    """A line of a video's file of hats: all hats in one frame; frames are counted from 0."""

    frame = WholeNumber(0, 100_000_000, required=True)
    hats = boxes(BoxRequest, BOXES, required=True)


# For the OpenAPI document: what `whose_hats` checks where the model sees hats itself.
WITH_OR_WITHOUT_HATS: Final = (
    {"title": "With hats", "required": ["hats"], "properties": {"hats": {"type": "array"}}},
    {
        "title": "Without hats",
        "properties": {
            "hats": {"type": "null"},
            "trust": {"enum": [*(trust for trust in TRUSTS if trust != "hats"), None]},
        },
    },
)


class HatsRequest(Object):
    """Which heads in this picture wear a helmet, as the model sees it?"""

    picture = PictureSource()
    scales = scales()
    tiles = tiles()
    looks = looks()
    include = _include("annotated")


class PosesRequest(Object):
    """Where are the people's keypoints in this picture?"""

    picture = PictureSource()
    format = choice("openpose", "openpose_json", "coco", "legacy", default="openpose")
    scales = scales()
    tiles = tiles()
    looks = looks()
    include = _include("hands", "annotated")


class HandsRequest(Object):
    """Where are hands and their keypoints in this picture?"""

    picture = PictureSource()
    boxes = boxes(
        BoxRequest,
        BOXES,
        allow_none=True,
        load_default=None,
        metadata={"description": f"Where hands may be, at most {MOST_HANDS}; null: at the people's wrists."},
    )
    include = _include("annotated")


class LegacyBox(TolerantObject):
    """A box of a hat or vest, in pixels of the upright picture; numbers may be strings of digits."""

    left = Number(required=True, digit_strings=True)
    top = Number(required=True, digit_strings=True)
    width = Number("a number >= 0", validate.Range(0), required=True, digit_strings=True)
    height = Number("a number >= 0", validate.Range(0), required=True, digit_strings=True)


# For the OpenAPI document: what `LegacyHelmetRequest._one_form` checks.
HELMET_FORMS: Final = (
    {
        "title": "Form A",
        "required": ["hat_location"],
        "properties": {
            "hat_location": {"type": "array"}, "location": {"type": "null"}, "alarmtype": {"enum": [3, "3", None]},
        },
    },
    {
        "title": "Form B",
        "required": ["location", "alarmtype"],
        "properties": {
            "location": {"type": "array"}, "hat_location": {"type": "null"}, "alarmtype": {"enum": [2, 3, "2", "3"]},
        },
    },
)  # fmt: skip


class LegacyHelmetRequest(TolerantObject):
    """`POST /`: `img` with `hat_location` (form A), or with `location` and `alarmtype` (form B).

    own_hats: without any boxes the model's own hats are asked for.
    """

    def __init__(self, *, own_hats: bool = False) -> None:
        super().__init__()
        self._own_hats = own_hats

    img = Base64Texts()
    hat_location = boxes(LegacyBox, "a list of {left, top, width, height}", allow_none=True, load_default=None)
    location = boxes(LegacyBox, "a list of {left, top, width, height}", allow_none=True, load_default=None)
    alarmtype = Number(
        "3 (hats) or 2 (vests)",
        validate.OneOf((2, 3)),
        digit_strings=True,
        allow_none=True,
        load_default=None,
        metadata={"type": ["number", "string"], "enum": [2, 3, "2", "3", None]},
    )

    @validates_schema
    def _one_form(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        hats, boxes, kind = (data[name] for name in ("hat_location", "location", "alarmtype"))
        if hats is None and boxes is None and not self._own_hats:
            raise ValidationError("a list of {left, top, width, height} here or in location", "hat_location")
        if hats is None and boxes is None and kind == 2:
            raise ValidationError("a list of {left, top, width, height} beside alarmtype 2", "location")
        if hats is not None and boxes is not None:
            raise ValidationError("nothing beside hat_location", "location")
        if boxes is not None and kind is None:
            raise ValidationError("3 (hats) or 2 (vests) beside location", "alarmtype")
        if hats is not None and kind == 2:
            raise ValidationError("3 or nothing beside hat_location; vests go to location", "alarmtype")


class LegacyPictureRequest(TolerantObject):
    """The request of `/get_head_point` and `/get_body_box`: one picture."""

    img = Base64Texts()


class LegacyPicturesRequest(TolerantObject):
    """The request of `/get_head_point_v2`: several pictures."""

    img = Base64Texts(every=True)
