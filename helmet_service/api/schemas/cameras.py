"""Schemas of cameras and their zones: of requests and answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from helmet_service.alarms.events import CameraTrouble
from helmet_service.api.schemas.answer_values import SHARE, flag, integer, listed, nested, number, one_of, text
from helmet_service.api.schemas.answers import WatchedPersonAnswer
from helmet_service.api.schemas.request_values import PICTURE, printable
from helmet_service.cameras.camera import SourceKind
from helmet_service.cameras.watch_folder import Progress
from helmet_service.cameras.zones import ZoneRule
from helmet_service.values.checked import Number, Object, says
from helmet_service.values.checked import text as asked

MOST_ZONES: Final = 50
_CORNERS: Final = (3, 100)
_ONCE: Final = "a name that no other zone of the camera has"


def _share(**options: Any) -> Number:  # noqa: ANN401  marshmallow's own
    return Number("a number from 0 to 1", validate.Range(0, 1), **options)


def _points() -> fields.List[Any]:
    pair, corners = "[x, y], each from 0 to 1", f"a list of {_CORNERS[0]} to {_CORNERS[1]} points [x, y]"
    point = fields.List(_share(), error_messages=says(pair), validate=validate.Length(equal=2, error=pair))
    return fields.List(
        point, required=True, error_messages=says(corners), validate=validate.Length(*_CORNERS, error=corners)
    )


class ZoneRequest(Object):
    """A polygon of a camera's picture with a rule; points in shares of the upright picture's width and height."""

    name = printable(1, 64, required=True)
    rule = asked(" or ".join(get_args(ZoneRule)), validate.OneOf(get_args(ZoneRule)), required=True)
    points = _points()
    min_person = _share(load_default=0.0)


class ZonesRequest(Object):
    """All zones of a camera, which replace those that it had."""

    zones = fields.List(
        fields.Nested(ZoneRequest, error_messages=says("an object")),
        required=True,
        error_messages=says("a list of {name, rule, points, min_person}"),
        metadata={"maxItems": MOST_ZONES},
    )

    @validates_schema
    def _names_once(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        names = [zone["name"] for zone in data["zones"]]
        count = Counter(names)
        again = [place for place, name in enumerate(names) if count[name] > 1 and name in names[:place]]
        if again:
            raise ValidationError({"zones": {place: {"name": [_ONCE]} for place in again}})


class FrameRequest(Object):
    """A frame of a camera that sends its own."""

    picture = asked(PICTURE, required=True)


class ZoneAnswer(Schema):
    """A zone as it is kept."""

    name = text()
    rule = one_of(*get_args(ZoneRule))
    points = listed(fields.List(fields.Float(validate=SHARE), validate=validate.Length(equal=2)))
    min_person = number(validate=SHARE)


class ZonesAnswer(Schema):
    """All zones of a camera."""

    zones = listed(ZoneAnswer)


class FrameSizeAnswer(Schema):
    """A frame's size in pixels."""

    width = integer()
    height = integer()


class CameraPersonAnswer(WatchedPersonAnswer):
    """A person in a camera's last judged frame.

    alarm: the id of the one that is open for this person. still: the memory of what never moves keeps this person
    from alarming.
    """

    alarm = text(allow_none=True)
    still = flag()


class CameraAnswer(Schema):
    """A camera, as the watch said it last, at `at` (seconds since 1970); nulls and zeros before it has."""

    id = text()
    name = text()
    kind = one_of(*get_args(SourceKind))
    address = text()
    rate = number()
    schedule = text()
    at = number(allow_none=True)
    state = text(allow_none=True, validate=validate.OneOf([*get_args(Progress), None]))
    trouble = text(allow_none=True, validate=validate.OneOf([*get_args(CameraTrouble), None]))
    why = text(allow_none=True)
    since = number(allow_none=True)
    frames = integer()
    judged = integer()
    reconnects = integer()
    judged_per_s = number()
    delay_s = number(allow_none=True)
    picture = nested(FrameSizeAnswer, allow_none=True)
    people = listed(CameraPersonAnswer)
    still = listed(fields.Dict())
    zones = listed(ZoneAnswer)
    open_alarms = listed(fields.String())


class CameraListAnswer(Schema):
    """All cameras of the site; `watched_s`: how long ago the watch last said something, null if it never did."""

    watching = flag()
    watched_s = number(allow_none=True)
    cameras = listed(CameraAnswer)


class FramesTakenAnswer(Schema):
    """How many frames of the request were given to the watch."""

    accepted = integer()
