"""Schemas of v1's answers about pictures and frames, as the OpenAPI document and the tests know them.

The service itself answers plain dicts (`api/answers.py`) and dumps nothing through these.
"""

from __future__ import annotations

from typing import Final, get_args

from marshmallow import Schema, fields, validate

from helmet_service.api.schemas.answer_values import SHARE, flag, integer, listed, nested, number, numbers, one_of, text
from helmet_service.verdicts.case import Trust
from helmet_service.verdicts.judge import LooseReason, Reason, Status
from pose.hands import HAND_KEYPOINTS, Side
from pose.skeleton import KEYPOINTS


class PictureAnswer(Schema):
    """The upright picture's size, and how EXIF turned it (mirrored first, then rotated clockwise by degrees)."""

    width = integer()
    height = integer()
    rotated = integer(validate=validate.OneOf((0, 90, 180, 270)))
    mirrored = flag()


class BoxAnswer(Schema):
    """A box in pixels of the upright picture, clipped to it."""

    left = number()
    top = number()
    width = number()
    height = number()


class HeadAnswer(Schema):
    """A head: centre and height from chin to crown in pixels, unit vector from chin to crown."""

    x = number()
    y = number()
    size = number()
    up = numbers(2)
    confidence = number(validate=SHARE)


class KeypointAnswer(Schema):
    """A found keypoint."""

    name = one_of(*KEYPOINTS)
    x = number()
    y = number()
    score = number(validate=SHARE)


class HandBoxAnswer(BoxAnswer):
    """The smallest box around a hand's keypoints in pixels of the upright picture, beyond which it may reach."""


class HandKeypointAnswer(Schema):
    """A keypoint of a hand, in pixels of the upright picture, beyond which it may lie."""

    x = number()
    y = number()
    score = number(validate=SHARE)


class HandAnswer(Schema):
    """A hand; `person`: the index of whose it is, null where boxes were sent; keypoints from wrist to little finger."""

    person = integer(allow_none=True)
    side = one_of(*get_args(Side))
    score = number(validate=SHARE)
    box = nested(HandBoxAnswer)
    keypoints = fields.List(
        fields.Nested(HandKeypointAnswer), required=True, validate=validate.Length(equal=len(HAND_KEYPOINTS))
    )


class FoundHandAnswer(HandAnswer):
    """A hand of `/v1/hands`; `given`: the index of the request's box that it was found in."""

    given = fields.Integer(strict=True)


class JudgedPersonAnswer(Schema):
    """One person's verdict; a lone head has no keypoints and no answer about vests."""

    person = integer()
    status = one_of(*get_args(Status))
    reason = one_of(*get_args(Reason))
    confidence = number(allow_none=True, validate=SHARE)
    hat = integer(allow_none=True)
    box = nested(BoxAnswer)
    area_ratio = number(validate=SHARE)
    score = number(validate=SHARE)
    vest = fields.Boolean()
    vest_iou = fields.Float(validate=SHARE)
    head = fields.Nested(HeadAnswer, allow_none=True)
    keypoints = fields.List(fields.Nested(KeypointAnswer))


class VotedAnswer(Schema):
    """What the frames so far say of one track; `since_s` is when the status began, in seconds of the moving picture."""

    status = one_of(*get_args(Status))
    confidence = number(allow_none=True, validate=SHARE)
    since_s = number()
    frames = integer()


class WatchedPersonAnswer(JudgedPersonAnswer):
    """One person's verdict in a frame of a moving picture, and what all frames so far say of the same person."""

    track = integer()
    voted = nested(VotedAnswer)


class HatAnswer(Schema):
    """A hat's box in pixels of the upright picture, beyond which it may reach, and its score; a request may send it."""

    left = number()
    top = number()
    width = number()
    height = number()
    score = number(allow_none=True, validate=SHARE)


class UnmatchedHatAnswer(Schema):
    """A hat on nobody's head, and why."""

    hat = integer()
    reason = one_of(*get_args(LooseReason))


class SummaryAnswer(Schema):
    """The number of people of each status; `compliant` is null when somebody is unknown or nobody was seen."""

    people = integer()
    helmet = integer()
    no_helmet = integer()
    unknown = integer()  # type: ignore[assignment]  # marshmallow takes fields off the class
    compliant = flag(allow_none=True)


class ModelAnswer(Schema):
    """The model that answered."""

    name = text()
    version = text()
    precision = text()


class TimingsAnswer(Schema):
    """Milliseconds by stage; those that the request did not need have none."""

    decode = number()
    network = number()
    grouping = fields.Float()
    matching = fields.Float()
    total = number()


class ComplianceAnswer(Schema):
    """The verdict on each person, and the hats that nobody wears."""

    id = text(allow_none=True)
    picture = nested(PictureAnswer)
    hats_from = one_of("request", "model")
    trust = one_of(*get_args(Trust))
    hats = fields.List(fields.Nested(HatAnswer))
    people = listed(JudgedPersonAnswer)
    hands = fields.List(fields.Nested(HandAnswer))
    unmatched_hats = listed(UnmatchedHatAnswer)
    summary = nested(SummaryAnswer)
    warnings = listed(fields.String())
    annotated = fields.String()
    model = nested(ModelAnswer)
    timings_ms = nested(TimingsAnswer)


class QualityHintAnswer(Schema):
    """The JPEG quality and the frames a second that a live client should use."""

    jpeg_quality = integer()
    rate = number()


class LiveAnswer(ComplianceAnswer):
    """The verdicts on a live client's frame; `dropped`: frames that newer ones replaced since the last answer."""

    seq = integer()
    dropped = integer()
    quality_hint = nested(QualityHintAnswer)
    people = listed(WatchedPersonAnswer)


class HatsAnswer(Schema):
    """The helmets and bare heads that the model sees, best score first."""

    picture = nested(PictureAnswer)
    hats = listed(HatAnswer)
    bare_heads = listed(HatAnswer)
    annotated = fields.String()
    model = nested(ModelAnswer)
    timings_ms = nested(TimingsAnswer)


class HandsAnswer(Schema):
    """The hands in the picture, or in the request's boxes."""

    picture = nested(PictureAnswer)
    hands = listed(FoundHandAnswer)
    warnings = listed(fields.String())
    annotated = fields.String()
    model = nested(ModelAnswer)
    timings_ms = nested(TimingsAnswer)


class FoundPersonAnswer(Schema):
    """A person in the format `openpose`; a lone head has no keypoints."""

    person = integer()
    score = number(validate=SHARE)
    box = nested(BoxAnswer)
    keypoints = listed(KeypointAnswer)


class CocoPersonAnswer(Schema):
    """A person in the format `coco`; with an image_id added it is a COCO result."""

    category_id = integer()
    keypoints = numbers(51)
    bbox = numbers(4)
    score = number(validate=SHARE)


class OpenPosePersonAnswer(Schema):
    """A person in the format `openpose_json`, OpenPose's own; lists of what was not looked for are empty."""

    person_id = fields.List(fields.Integer(strict=True), required=True, validate=validate.Length(equal=1))
    pose_keypoints_2d = numbers(54)
    face_keypoints_2d = numbers(0)
    hand_left_keypoints_2d = numbers(63, least=0)
    hand_right_keypoints_2d = numbers(63, least=0)
    pose_keypoints_3d = numbers(0)
    face_keypoints_3d = numbers(0)
    hand_left_keypoints_3d = numbers(0)
    hand_right_keypoints_3d = numbers(0)


def _component(schema: type[Schema]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema.__name__}"}


_PAIR: Final = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_LEGACY_PERSON: Final = {"type": "array", "items": _PAIR, "minItems": 18, "maxItems": 18}
PERSON_OBJECTS: Final = (FoundPersonAnswer, CocoPersonAnswer, OpenPosePersonAnswer)
_PERSON_FORMATS: Final = [*map(_component, PERSON_OBJECTS), _LEGACY_PERSON]


class PosesAnswer(Schema):
    """The people in the picture, each in the request's `format`; `version` is that of the format `openpose_json`."""

    picture = nested(PictureAnswer)
    version = fields.Float()
    people = listed(fields.Raw(metadata={"oneOf": _PERSON_FORMATS}))
    hands = fields.List(fields.Nested(HandAnswer))
    annotated = fields.String()
    model = nested(ModelAnswer)
    timings_ms = nested(TimingsAnswer)
