"""What goes out about the service itself."""

from __future__ import annotations

from marshmallow import Schema, fields

from helmet_service.api.schemas.answer_fields import counts, flag, integer, listed, number, one_of, text
from helmet_service.api.schemas.answers import ModelAnswer


class StateAnswer(Schema):
    """The process lives, or is ready."""

    status = one_of("ok", "ready")


class RequestsStatus(Schema):
    """Requests since the start, a second in the window, and now."""

    total = integer()
    by_status = counts()
    per_s = number()
    in_progress = integer()


class LatencyStatus(Schema):
    """Milliseconds that so many percent of the window's requests did not exceed; null without any."""

    p50 = number(allow_none=True)
    p95 = number(allow_none=True)
    p99 = number(allow_none=True)


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

    total = integer()
    per_s = number()
    people = integer()
    people_per_picture = number(allow_none=True)


class VerdictsStatus(Schema):
    """People judged since the start."""

    helmet = integer()
    no_helmet = integer()
    unknown = integer()  # type: ignore[assignment]  # marshmallow takes fields off the class


class QueueStatus(Schema):
    """Requests that wait for a network and that may, and bytes set aside for bodies, now."""

    waiting = integer()
    places = integer()
    body_bytes_in_flight = integer()


class WorkersStatus(Schema):
    """Worker processes, those with a model, and the resident memory of each."""

    running = integer()
    ready = integer()
    memory_mb = listed(fields.Float())


class CpuStatus(Schema):
    """The machine's cores, and how many of them the workers used in the window."""

    cores = integer()
    cores_used = number()


class LoadedModelStatus(ModelAnswer):
    """The model that is loaded."""

    sha256 = text()


class StatusAnswer(Schema):
    """How all workers do since the start and over the last minute (`window_s`)."""

    ready = flag()
    not_ready = text(allow_none=True)
    service = fields.Dict(required=True)
    uptime_s = number()
    window_s = number()
    requests = fields.Nested(RequestsStatus, required=True)
    rejections = counts()
    latency_ms = fields.Nested(StagesStatus, required=True)
    pictures = fields.Nested(PicturesStatus, required=True)
    verdicts = fields.Nested(VerdictsStatus, required=True)
    queue = fields.Nested(QueueStatus, required=True)
    workers = fields.Nested(WorkersStatus, required=True)
    memory_mb = number()
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
