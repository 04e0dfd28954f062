"""Schemas of answers about video jobs."""

from __future__ import annotations

from typing import get_args

from marshmallow import Schema, fields

from helmet_service.api.schemas.answer_values import SHARE, flag, integer, listed, nested, number, one_of, text
from helmet_service.verdicts.judge import Status
from helmet_service.video.job import STATES


class JobSummaryAnswer(Schema):
    """The number of people of each status, by the worst that each had at any time, and of frames."""

    tracks = integer()
    helmet = integer()
    no_helmet = integer()
    unknown = integer()  # type: ignore[assignment]  # marshmallow takes fields off the class
    compliant = flag(allow_none=True)
    frames = integer()
    frames_judged = integer()
    damage = text(allow_none=True)


class JobAnswer(Schema):
    """A video job; `frames` counts those worked through, `request` is what was asked for."""

    id = text()
    state = one_of(*STATES)
    progress = number(validate=SHARE)
    frames = integer()
    frames_total = integer(allow_none=True)
    eta_s = number(allow_none=True)
    summary = nested(JobSummaryAnswer, allow_none=True)
    error = text(allow_none=True)
    request = fields.Dict(required=True)


class ListedJobAnswer(JobAnswer):
    """A job in a list: when it was made, its video's length, and how many unfinished jobs are before a queued one."""

    created_s = number()
    duration_s = number(allow_none=True)
    ahead = integer(allow_none=True)


class JobListAnswer(Schema):
    """The newest jobs, newest first."""

    jobs = listed(ListedJobAnswer)


class SpanAnswer(Schema):
    """What a track's status was from one time to another, in seconds since the video's first frame."""

    from_s = number()
    to_s = number()
    status = one_of(*get_args(Status))
    confidence = number(allow_none=True, validate=SHARE)


class TrackAnswer(Schema):
    """One person over time."""

    track = integer()
    spans = listed(SpanAnswer)


class TimelineAnswer(Schema):
    """Who wore a helmet when."""

    tracks = listed(TrackAnswer)
