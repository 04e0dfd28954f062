"""What goes out, as marshmallow schemas: the OpenAPI document is made from these and a test holds every answer to them.

Answers themselves are plain dicts (`answers.py`, `compat_answers.py`); nothing is dumped through these at run time.
"""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import Schema, fields, validate

from helmet_service.verdicts.judge import LooseReason, Reason, Status
from pose.skeleton import KEYPOINTS


def _one_of(*choices: str, **options: Any) -> fields.String:  # noqa: ANN401  marshmallow's own
    return fields.String(required=True, validate=validate.OneOf(choices), **options)


def _number(**options: Any) -> fields.Float:  # noqa: ANN401
    return fields.Float(required=True, **options)


def _integer(**options: Any) -> fields.Integer:  # noqa: ANN401
    return fields.Integer(required=True, strict=True, **options)


def _text(**options: Any) -> fields.String:  # noqa: ANN401
    return fields.String(required=True, **options)


def _flag(**options: Any) -> fields.Boolean:  # noqa: ANN401
    return fields.Boolean(required=True, **options)


def _list(inner: fields.Field[Any] | type[Schema]) -> fields.List[Any]:
    return fields.List(inner if isinstance(inner, fields.Field) else fields.Nested(inner), required=True)


def _counts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)


def _share() -> validate.Range:
    return validate.Range(0, 1)


# --- v1


class PictureAnswer(Schema):
    """The upright picture, and what EXIF made of it (mirrored first, then turned clockwise)."""

    width = _integer()
    height = _integer()
    rotated = _integer(validate=validate.OneOf((0, 90, 180, 270)))
    mirrored = _flag()


class BoxAnswer(Schema):
    """In pixels of the upright picture, clipped to it."""

    left = _number()
    top = _number()
    width = _number()
    height = _number()


class HeadAnswer(Schema):
    """Centre, height from chin to crown in pixels, unit vector from chin to crown."""

    x = _number()
    y = _number()
    size = _number()
    up = fields.List(fields.Float(), required=True, validate=validate.Length(equal=2))
    confidence = _number(validate=_share())


class KeypointAnswer(Schema):
    """A found keypoint."""

    name = _one_of(*KEYPOINTS)
    x = _number()
    y = _number()
    score = _number(validate=_share())


class JudgedPersonAnswer(Schema):
    """One person's verdict; of whom only a head was seen, there are no keypoints and nothing is said of vests."""

    person = _integer()
    status = _one_of(*get_args(Status))
    reason = _one_of(*get_args(Reason))
    confidence = _number(allow_none=True, validate=_share())
    hat = _integer(allow_none=True)
    box = fields.Nested(BoxAnswer, required=True)
    area_ratio = _number(validate=_share())
    score = _number(validate=_share())
    vest = fields.Boolean()
    vest_iou = fields.Float(validate=_share())
    head = fields.Nested(HeadAnswer, allow_none=True)
    keypoints = fields.List(fields.Nested(KeypointAnswer))


class UnmatchedHatAnswer(Schema):
    """A hat on nobody's head, and why."""

    hat = _integer()
    reason = _one_of(*get_args(LooseReason))


class SummaryAnswer(Schema):
    """How many people there are of each status; nobody seen is no compliance: `compliant` is null then."""

    people = _integer()
    helmet = _integer()
    no_helmet = _integer()
    unknown = _integer()  # type: ignore[assignment]  # marshmallow takes fields off the class
    compliant = _flag(allow_none=True)


class ModelAnswer(Schema):
    """Which model answered."""

    name = _text()
    version = _text()
    precision = _text()


class TimingsAnswer(Schema):
    """Milliseconds."""

    decode = _number()
    network = _number()
    grouping = _number()
    matching = fields.Float()
    total = _number()


class ComplianceAnswer(Schema):
    """Everybody in the picture, and what became of each hat."""

    id = _text(allow_none=True)
    picture = fields.Nested(PictureAnswer, required=True)
    hats_from = _one_of("request")
    people = _list(JudgedPersonAnswer)
    unmatched_hats = _list(UnmatchedHatAnswer)
    summary = fields.Nested(SummaryAnswer, required=True)
    warnings = _list(fields.String())
    annotated = fields.String()
    model = fields.Nested(ModelAnswer, required=True)
    timings_ms = fields.Nested(TimingsAnswer, required=True)


class FoundPersonAnswer(Schema):
    """A person in the format `openpose`; of whom only a head was seen, there are no keypoints."""

    person = _integer()
    score = _number(validate=_share())
    box = fields.Nested(BoxAnswer, required=True)
    keypoints = _list(KeypointAnswer)


class CocoPersonAnswer(Schema):
    """A person in the format `coco`; with an image_id added it is a COCO result."""

    category_id = _integer()
    keypoints = fields.List(fields.Float(), required=True, validate=validate.Length(equal=51))
    bbox = fields.List(fields.Float(), required=True, validate=validate.Length(equal=4))
    score = _number(validate=_share())


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

    field = _text()
    expected = _text()
    got = _text()


class ProblemAnswer(Schema):
    """RFC 9457."""

    type = _one_of("about:blank")
    title = _text()
    status = _integer()
    detail = _text()
    request_id = _text()
    errors = _list(FieldErrorAnswer)


# --- the compatible surface


class LegacyPersonAnswer(Schema):
    """The box of a person's keypoints in pixels, its share of the picture in percent, and whether a helmet is worn."""

    x1 = _integer()
    y1 = _integer()
    x2 = _integer()
    y2 = _integer()
    rate = _number()
    flag = _flag()
    score = fields.Float()


class LegacyBodyAnswer(Schema):
    """A body's box in pixels."""

    left = _integer()
    top = _integer()
    width = _integer()
    height = _integer()


def _code() -> fields.Raw:
    return fields.Raw(required=True, metadata={"type": ["integer", "string"]})


class LegacyHelmetAnswer(Schema):
    """The answer of `POST /`."""

    code = _one_of("200")
    message = _one_of("Success")
    data = _list(LegacyPersonAnswer)


class LegacyHeadPointsAnswer(Schema):
    """People as lists of [x, y]."""

    code = _code()
    message = _one_of("Success")
    data = _list(fields.List(fields.List(fields.Integer(strict=True), validate=validate.Length(equal=2))))


class LegacyBodiesAnswer(Schema):
    """People as boxes."""

    code = _code()
    message = _one_of("Success")
    data = _list(LegacyBodyAnswer)


class LegacyErrorAnswer(Schema):
    """An error of the compatible surface; `code` is of the route's own type."""

    code = _code()
    message = _text()
    data = fields.List(fields.Raw(), required=True, validate=validate.Length(max=0))


# --- the service itself


class StateAnswer(Schema):
    """The process lives, or is ready."""

    status = _one_of("ok", "ready")


class RequestsStatus(Schema):
    """Requests since the start, a second in the window, and now."""

    total = _integer()
    by_status = _counts()
    per_s = _number()
    in_progress = _integer()


class LatencyStatus(Schema):
    """Milliseconds that so many percent of the window's requests did not exceed; null without any."""

    p50 = _number(allow_none=True)
    p95 = _number(allow_none=True)
    p99 = _number(allow_none=True)


class StagesStatus(Schema):
    """Latencies by stage; `total` is of work that was answered with 200."""

    decode = fields.Nested(LatencyStatus, required=True)
    queue = fields.Nested(LatencyStatus, required=True)
    network = fields.Nested(LatencyStatus, required=True)
    grouping = fields.Nested(LatencyStatus, required=True)
    matching = fields.Nested(LatencyStatus, required=True)
    total = fields.Nested(LatencyStatus, required=True)


class PicturesStatus(Schema):
    """Pictures and the people found in them since the start, and pictures a second in the window."""

    total = _integer()
    per_s = _number()
    people = _integer()
    people_per_picture = _number(allow_none=True)


class VerdictsStatus(Schema):
    """People judged since the start."""

    helmet = _integer()
    no_helmet = _integer()
    unknown = _integer()  # type: ignore[assignment]  # marshmallow takes fields off the class


class QueueStatus(Schema):
    """Requests that wait for a network and that may, and bytes set aside for bodies, now."""

    waiting = _integer()
    places = _integer()
    body_bytes_in_flight = _integer()


class WorkersStatus(Schema):
    """Worker processes, those with a model, and the resident memory of each."""

    running = _integer()
    ready = _integer()
    memory_mb = _list(fields.Float())


class CpuStatus(Schema):
    """The machine's cores, and how many of them the workers used in the window."""

    cores = _integer()
    cores_used = _number()


class LoadedModelStatus(ModelAnswer):
    """The model that is loaded."""

    sha256 = _text()


class StatusAnswer(Schema):
    """How all workers do since the start and over the last minute (`window_s`)."""

    ready = _flag()
    not_ready = _text(allow_none=True)
    service = fields.Dict(required=True)
    uptime_s = _number()
    window_s = _number()
    requests = fields.Nested(RequestsStatus, required=True)
    rejections = _counts()
    latency_ms = fields.Nested(StagesStatus, required=True)
    pictures = fields.Nested(PicturesStatus, required=True)
    verdicts = fields.Nested(VerdictsStatus, required=True)
    queue = fields.Nested(QueueStatus, required=True)
    workers = fields.Nested(WorkersStatus, required=True)
    memory_mb = _number()
    cpu = fields.Nested(CpuStatus, required=True)
    model = fields.Nested(LoadedModelStatus, required=True, allow_none=True)


class InfoAnswer(Schema):
    """What this service is made of and how it is set."""

    service = fields.Dict(required=True)
    versions = fields.Dict(required=True)
    model = fields.Dict(required=True)
    limits = fields.Dict(required=True)
    smallest_head = fields.Dict(required=True)
    settings = fields.Dict(required=True)
