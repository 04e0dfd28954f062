"""Schemas of answers about the service itself."""

from __future__ import annotations

from marshmallow import Schema, fields

from helmet_service.api.schemas.answer_values import counts, flag, integer, listed, nested, number, one_of, text
from helmet_service.api.schemas.answers import ModelAnswer


class StateAnswer(Schema):
    """The answer of `/healthz` and `/readyz`."""

    status = one_of("ok", "ready")


class RequestsStatus(Schema):
    """Requests since the start, per second in the window, and in progress now."""

    total = integer()
    by_status = counts()
    per_s = number()
    in_progress = integer()


class LatencyStatus(Schema):
    """Percentiles of the window's requests, in milliseconds; null without requests."""

    p50 = number(allow_none=True)
    p95 = number(allow_none=True)
    p99 = number(allow_none=True)


class StagesStatus(Schema):
    """Latencies by stage; `total` covers requests answered with 200."""

    decode = nested(LatencyStatus)
    queue = nested(LatencyStatus)
    network = nested(LatencyStatus)
    grouping = nested(LatencyStatus)
    matching = nested(LatencyStatus)
    total = nested(LatencyStatus)


class PicturesStatus(Schema):
    """Pictures and their people since the start, and pictures per second in the window."""

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
    """Requests that wait for a network now, the places for them, and bytes reserved for bodies."""

    waiting = integer()
    places = integer()
    body_bytes_in_flight = integer()


class WorkersStatus(Schema):
    """Worker processes, how many have a model, and the resident memory of each."""

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
    """Figures of all workers since the start and over the last minute (`window_s`)."""

    ready = flag()
    not_ready = text(allow_none=True)
    service = fields.Dict(required=True)
    uptime_s = number()
    window_s = number()
    requests = nested(RequestsStatus)
    rejections = counts()
    latency_ms = nested(StagesStatus)
    pictures = nested(PicturesStatus)
    verdicts = nested(VerdictsStatus)
    queue = nested(QueueStatus)
    workers = nested(WorkersStatus)
    memory_mb = number()
    cpu = nested(CpuStatus)
    model = nested(LoadedModelStatus, allow_none=True)


class InfoAnswer(Schema):
    """Versions, model, limits and settings."""

    service = fields.Dict(required=True)
    versions = fields.Dict(required=True)
    model = fields.Dict(required=True)
    limits = fields.Dict(required=True)
    smallest_head = fields.Dict(required=True)
    settings = fields.Dict(required=True)
