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


class StatusAnswer(Schema):
    """Figures of all workers: totals since the start, rates and latencies over the last minute (`window_s`)."""

    ready = flag()
    not_ready = text(allow_none=True)
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
    queue = _object("QueueStatus", waiting=integer(), places=integer(), body_bytes_in_flight=integer())
    workers = _object("WorkersStatus", running=integer(), ready=integer(), memory_mb=listed(fields.Float()))
    memory_mb = number()
    cpu = _object("CpuStatus", cores=integer(), cores_used=number())
    model = nested(LoadedModelStatus, allow_none=True)


class InfoAnswer(Schema):
    """Versions, model, limits and settings."""

    service = fields.Dict(required=True)
    versions = fields.Dict(required=True)
    model = fields.Dict(required=True)
    limits = fields.Dict(required=True)
    takes_videos = flag()
    smallest_head = fields.Dict(required=True)
    settings = fields.Dict(required=True)
