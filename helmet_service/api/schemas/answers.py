"""What goes out: the OpenAPI document is made from these, and a test holds every answer to them.

Answers themselves are plain dicts (`api/answers.py`, `api/legacy_answers.py`); nothing is dumped through these when the
service runs.
"""

from __future__ import annotations

from typing import get_args

from marshmallow import Schema, fields, validate

from helmet_service.api.schemas.answer_fields import flag, integer, listed, number, one_of, share, text
from helmet_service.verdicts.judge import LooseReason, Reason, Status
from pose.skeleton import KEYPOINTS


class PictureAnswer(Schema):
    """The upright picture, and what EXIF made of it (mirrored first, then turned clockwise)."""

    width = integer()
    height = integer()
    rotated = integer(validate=validate.OneOf((0, 90, 180, 270)))
    mirrored = flag()


class BoxAnswer(Schema):
    """In pixels of the upright picture, clipped to it."""

    left = number()
    top = number()
    width = number()
    height = number()


class HeadAnswer(Schema):
    """Centre, height from chin to crown in pixels, unit vector from chin to crown."""

    x = number()
    y = number()
    size = number()
    up = fields.List(fields.Float(), required=True, validate=validate.Length(equal=2))
    confidence = number(validate=share())


class KeypointAnswer(Schema):
    """A found keypoint."""

    name = one_of(*KEYPOINTS)
    x = number()
    y = number()
    score = number(validate=share())


class JudgedPersonAnswer(Schema):
    """One person's verdict; of whom only a head was seen, there are no keypoints and nothing is said of vests."""

    person = integer()
    status = one_of(*get_args(Status))
    reason = one_of(*get_args(Reason))
    confidence = number(allow_none=True, validate=share())
    hat = integer(allow_none=True)
    box = fields.Nested(BoxAnswer, required=True)
    area_ratio = number(validate=share())
    score = number(validate=share())
    vest = fields.Boolean()
    vest_iou = fields.Float(validate=share())
    head = fields.Nested(HeadAnswer, allow_none=True)
    keypoints = fields.List(fields.Nested(KeypointAnswer))


class UnmatchedHatAnswer(Schema):
    """A hat on nobody's head, and why."""

    hat = integer()
    reason = one_of(*get_args(LooseReason))


class SummaryAnswer(Schema):
    """How many people there are of each status; nobody seen is no compliance: `compliant` is null then."""

    people = integer()
    helmet = integer()
    no_helmet = integer()
    unknown = integer()  # type: ignore[assignment]  # marshmallow takes fields off the class
    compliant = flag(allow_none=True)


class ModelAnswer(Schema):
    """Which model answered."""

    name = text()
    version = text()
    precision = text()


class TimingsAnswer(Schema):
    """Milliseconds."""

    decode = number()
    network = number()
    grouping = number()
    matching = fields.Float()
    total = number()


class ComplianceAnswer(Schema):
    """Everybody in the picture, and what became of each hat."""

    id = text(allow_none=True)
    picture = fields.Nested(PictureAnswer, required=True)
    hats_from = one_of("request")
    people = listed(JudgedPersonAnswer)
    unmatched_hats = listed(UnmatchedHatAnswer)
    summary = fields.Nested(SummaryAnswer, required=True)
    warnings = listed(fields.String())
    annotated = fields.String()
    model = fields.Nested(ModelAnswer, required=True)
    timings_ms = fields.Nested(TimingsAnswer, required=True)


class FoundPersonAnswer(Schema):
    """A person in the format `openpose`; of whom only a head was seen, there are no keypoints."""

    person = integer()
    score = number(validate=share())
    box = fields.Nested(BoxAnswer, required=True)
    keypoints = listed(KeypointAnswer)


class CocoPersonAnswer(Schema):
    """A person in the format `coco`; with an image_id added it is a COCO result."""

    category_id = integer()
    keypoints = fields.List(fields.Float(), required=True, validate=validate.Length(equal=51))
    bbox = fields.List(fields.Float(), required=True, validate=validate.Length(equal=4))
    score = number(validate=share())


class PosesAnswer(Schema):
    """Everybody in the picture; the form of a person depends on the request's `format`."""

    picture = fields.Nested(PictureAnswer, required=True)
    people = fields.List(
        fields.Raw(
            metadata={
                "oneOf": [
                    {"$ref": "#/components/schemas/FoundPersonAnswer"},
                    {"$ref": "#/components/schemas/CocoPersonAnswer"},
                    {
                        "type": "array",
                        "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
                        "minItems": 18,
                        "maxItems": 18,
                    },
                ]
            }
        ),
        required=True,
    )
    annotated = fields.String()
    model = fields.Nested(ModelAnswer, required=True)
    timings_ms = fields.Nested(TimingsAnswer, required=True)


class FieldErrorAnswer(Schema):
    """A field of the request that is wrong."""

    field = text()
    expected = text()
    got = text()


class ProblemAnswer(Schema):
    """RFC 9457."""

    type = one_of("about:blank")
    title = text()
    status = integer()
    detail = text()
    request_id = text()
    errors = listed(FieldErrorAnswer)


class LegacyPersonAnswer(Schema):
    """The box of a person's keypoints in pixels, its share of the picture in percent, and whether a helmet is worn."""

    x1 = integer()
    y1 = integer()
    x2 = integer()
    y2 = integer()
    rate = number()
    flag = flag()
    score = fields.Float()


class LegacyBodyAnswer(Schema):
    """A body's box in pixels."""

    left = integer()
    top = integer()
    width = integer()
    height = integer()


def _code() -> fields.Raw:
    return fields.Raw(required=True, metadata={"type": ["integer", "string"]})


class LegacyHelmetAnswer(Schema):
    """The answer of `POST /`."""

    code = one_of("200")
    message = one_of("Success")
    data = listed(LegacyPersonAnswer)


class LegacyHeadPointsAnswer(Schema):
    """People as lists of [x, y]."""

    code = _code()
    message = one_of("Success")
    data = listed(fields.List(fields.List(fields.Integer(strict=True), validate=validate.Length(equal=2))))


class LegacyBodiesAnswer(Schema):
    """People as boxes."""

    code = _code()
    message = one_of("Success")
    data = listed(LegacyBodyAnswer)


class LegacyErrorAnswer(Schema):
    """An error of the legacy surface; `code` is of the route's own type."""

    code = _code()
    message = text()
    data = fields.List(fields.Raw(), required=True, validate=validate.Length(max=0))
