"""Schemas of answers about the service itself."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields

from helmet_service.api.schemas.answer_values import counts, flag, integer, listed, nested, number, one_of, text
from helmet_service.api.schemas.answers import ModelAnswer

_STAGES: Final = ("decode", "queue", "network", "grouping", "matching", "total")


# Percentiles in milliseconds; null without requests.
_LATENCY: Final = Schema.from_dict(
    {key: number(allow_none=True) for key in ("p50", "p95", "p99")}, name="LatencyStatus"
)


def _object(name: str, **values: fields.Field[Any]) -> fields.Nested:
    """A required object with these values, a component of this name in the OpenAPI document."""
    return nested(Schema.from_dict(values, name=name))


class StateAnswer(Schema):
    """The answer of `/healthz` and `/readyz`."""

    status = one_of("ok", "ready")


class LoadedModelStatus(ModelAnswer):
    """The model that is loaded."""

    sha256 = text()


class ProcessStatus(Schema):
    """A worker."""

    pid = integer()
    memory_mb = number()


class RecentProblem(Schema):
    """A kind of refusal or fault. `request_id` is the last one's."""

    route = text()
    status = integer()
    reason = text()
    count = integer()
    last_s = number()
    request_id = text()


class HistoryPoint(Schema):
    """Figures of the ten seconds before `at_s`, seconds since 1970."""

    at_s = number()
    requests_per_s = number()
    pictures_per_s = number()
    latency_ms = _object("PointLatency", p50=number(allow_none=True), p95=number(allow_none=True))
    waiting = integer()
    memory_mb = number()
    cores_used = number()


class HistoryAnswer(Schema):
    """The points of the last ten minutes, oldest first."""

    each_s = number()
    points = listed(HistoryPoint)


class AlarmsStatus(Schema):
    """How many alarms last, and of how many nobody has said that he saw them."""

    open = integer()
    unacknowledged = integer()


class StatusAnswer(Schema):
    """Figures of all workers: totals since the start, rates and latencies over the last minute (`window_s`).

    `at_s`: when they were told, in seconds since 1970.
    """

    at_s = number()
    ready = flag()
    not_ready = text(allow_none=True)
    not_ready_reason = text(allow_none=True)
    service = fields.Dict(required=True)
    uptime_s = number()
    window_s = number()
    requests = _object("RequestsStatus", total=integer(), by_status=counts(), per_s=number(), in_progress=integer())
    rejections = counts()
    latency_ms = _object("StagesStatus", **{stage: nested(_LATENCY) for stage in _STAGES})
    pictures = _object(
        "PicturesStatus", total=integer(), per_s=number(), people=integer(), people_per_picture=number(allow_none=True)
    )
    verdicts = _object("VerdictsStatus", helmet=integer(), no_helmet=integer(), unknown=integer())
    live = _object("LiveStatus", clients=integer(), frames=counts(), frames_per_s=number())
    queue = _object("QueueStatus", waiting=integer(), places=integer(), body_bytes_in_flight=integer())
    workers = _object(
        "WorkersStatus",
        running=integer(),
        ready=integer(),
        memory_mb=listed(fields.Float()),
        processes=listed(ProcessStatus),
    )
    memory_mb = number()
    cpu = _object("CpuStatus", cores=integer(), cores_used=number())
    model = nested(LoadedModelStatus, allow_none=True)
    videos = _object("VideosStatus", queued=integer(), running=integer(), done=integer(), failed=integer())
    cameras = _object("CamerasStatus", watched_s=number(allow_none=True), by_state=counts(), by_trouble=counts())
    alarms = nested(AlarmsStatus, allow_none=True)
    problems = listed(RecentProblem)


class InfoAnswer(Schema):
    """Versions, model, limits and settings."""

    service = fields.Dict(required=True)
    versions = fields.Dict(required=True)
    model = fields.Dict(required=True)
    limits = fields.Dict(required=True)
    takes_videos = flag()
    smallest_head = fields.Dict(required=True)
    settings = fields.Dict(required=True)
