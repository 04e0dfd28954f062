"""Schemas of alarms and what people say of them: of requests and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from helmet_service.alarms.alarm import FalseReason
from helmet_service.alarms.events import WhyEnded
from helmet_service.api.schemas.answer_values import SHARE, flag, integer, listed, nested, number, text
from helmet_service.api.schemas.request_values import printable
from helmet_service.values.checked import Flag, Object, WholeNumber, choice

_REASONS: Final = get_args(FalseReason)
MOST_LISTED: Final = 200


class AlarmQuery(Object):
    """Which alarms to list, as texts of a query."""

    camera = fields.String(load_default=None)
    state = choice("open", "ended", default=None)
    acknowledged = choice("true", "false", default=None)
    before = fields.String(load_default=None)
    limit = WholeNumber(1, MOST_LISTED, digit_strings=True, load_default=50)


class PictureQuery(Object):
    """Which picture of an alarm to send."""

    plain = choice("0", "1", default="0")


class AcknowledgementRequest(Object):
    """Somebody has seen an alarm; `reason` says why it was a false one. `by` is the API key's name by default."""

    false_alarm = Flag(load_default=False)
    reason = choice(*_REASONS, default=None)
    note = printable(0, 1000, load_default="")
    by = printable(0, 64, load_default="")

    @validates_schema
    def _reason_of_false_ones(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        if data["false_alarm"] and data["reason"] is None:
            raise ValidationError(f"{' or '.join(_REASONS)}, for a false alarm", "reason")
        if data["reason"] is not None and not data["false_alarm"]:
            raise ValidationError("none for an alarm that is not false", "reason")


class AcknowledgementAnswer(Schema):
    """What somebody said of an alarm, at `at` (seconds since 1970)."""

    at = number()
    by = text()
    false_alarm = flag()
    reason = text(allow_none=True, validate=validate.OneOf([*_REASONS, None]))
    note = text()


class PersonBoxAnswer(Schema):
    """A person's box, in shares of the width and height of an alarm's picture."""

    left = number(validate=SHARE)
    top = number(validate=SHARE)
    width = number(validate=SHARE)
    height = number(validate=SHARE)


class AlarmAnswer(Schema):
    """An alarm; times in seconds since 1970."""

    id = text()
    camera = text()
    camera_name = text()
    zone = text()
    track = integer()
    began = number()
    told = number()
    ended = number(allow_none=True)
    why_ended = text(allow_none=True, validate=validate.OneOf([*get_args(WhyEnded), None]))
    confidence = number(allow_none=True, validate=SHARE)
    repeats = integer()
    acknowledged = nested(AcknowledgementAnswer, allow_none=True)
    box = nested(PersonBoxAnswer, allow_none=True)


class AlarmListAnswer(Schema):
    """Alarms, newest first; `more`: whether there are older ones."""

    alarms = listed(AlarmAnswer)
    more = flag()
