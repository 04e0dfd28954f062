"""What `cameras.yaml` may say of cameras and alarms, for checking it and for the table in docs/cameras.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from helmet_service.cameras.addresses import kinds_of
from helmet_service.cameras.camera import AlarmRules, Steady
from helmet_service.cameras.outlet_options import OutletOptions
from helmet_service.cameras.site_values import (
    Section,
    SigningIn,
    Source,
    TimeOfWeek,
    Url,
    identifier,
    key,
    words,
)
from helmet_service.values.checked import Flag, Number, WholeNumber, choice, says
from helmet_service.values.looks import looks, scales, tiles

_RULES: Final = AlarmRules()
_SIGN_IN_KINDS: Final = ("stream", "mjpeg", "snapshot")


class DetectorSection(SigningIn):
    """Who finds the hats."""

    url = key('Takes a JPEG by POST, answers `{"hats": [{left, top, width, height, score}]}`.', Url())


class CameraSection(SigningIn):
    """A camera."""

    id = key("Its name in paths and addresses, which no other camera has.", identifier())
    name = key("Its name for people; null: its id.", words(80, load_default=None))
    source = key("Where its pictures come from.", Source())
    kind = key(
        "What the source is; null: as the form of `source` says, `stream` for each of the four schemes.",
        choice("stream", "mjpeg", "snapshot", "file", "device", "push", default=None),
    )
    rate = key(
        "Judged frames a second, at most.", Number("a number from 0.5 to 10", validate.Range(0.5, 10), load_default=1.0)
    )
    scales = key("As in a request of `/v1/compliance`; null: the settings decide.", scales())
    tiles = key("As in a request, for wide scenes; null: the settings decide.", tiles())
    looks = key("As in a request; null: the settings decide.", looks())
    hats = key(
        "Who finds the hats; null: the network itself.",
        fields.Nested(DetectorSection, error_messages=says("an object"), allow_none=True, load_default=None),
    )
    schedule = key(
        "When it is watched, in local time; none: always.",
        fields.List(TimeOfWeek(), error_messages=says("a list of times of the week"), load_default=list),
    )

    @validates_schema
    def _kind_of_its_source(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        kinds = kinds_of(data["source"])
        if data["kind"] is not None and data["kind"] not in kinds:
            raise ValidationError(f"{' or '.join(kinds)} with such a source", "kind")
        if data["user"] is not None and (data["kind"] or kinds[0]) not in _SIGN_IN_KINDS:
            raise ValidationError("no user: this source asks for none", "user")


def _steady(rule: Steady, meaning: str) -> fields.Nested:
    return key(meaning, fields.Nested(SteadySection(rule), error_messages=says("an object"), load_default=rule))


class SteadySection(Section):
    """How long something must be seen before it counts."""

    def __init__(self, usual: Steady) -> None:
        super().__init__()
        for name in ("frames", "of", "seconds"):
            self.declared_fields[name].load_default = getattr(usual, name)

    frames = key("So many judged frames ...", WholeNumber(1, 1000))
    of = key("... of so many last ones,", WholeNumber(1, 1000))
    seconds = key("and over so many seconds.", Number("a number from 0 to 3600", validate.Range(0, 3600)))

    @validates_schema
    def _no_more_than_all(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        if data["frames"] > data["of"]:
            raise ValidationError(f"at least `frames`, {data['frames']}", "of")

    @post_load
    def _steady(self, data: dict[str, Any], **_: Any) -> Steady:  # noqa: ANN401
        return Steady(**data)


class AlarmsSection(Section):
    """When a bare head is an alarm."""

    on = _steady(_RULES.on, "What it takes to begin an alarm.")
    off = _steady(_RULES.off, "What it takes to end one.")
    repeat_s = key(
        "An alarm that goes on is told again after so many seconds.",
        Number("a number from 1 to 86400", validate.Range(1, 86_400), load_default=_RULES.repeat_s),
    )
    blur_others = key(
        "Heads of everybody but the alarmed person are blurred in evidence.", Flag(load_default=_RULES.blur_others)
    )
    keep_days = key(
        "For so many days an alarm is kept.",
        Number("a number from 0.1 to 3650", validate.Range(0.1, 3650), load_default=_RULES.keep_days),
    )
    keep_mb = key(
        "Most MB of evidence; the oldest goes first.", WholeNumber(1, 100_000_000, load_default=_RULES.keep_mb)
    )

    @post_load
    def _rules(self, data: dict[str, Any], **_: Any) -> AlarmRules:  # noqa: ANN401
        return AlarmRules(**data)


class SiteSection(Section):
    """All of the file."""

    cameras = key(
        "The cameras.",
        fields.List(
            fields.Nested(CameraSection, error_messages=says("an object")),
            required=True,
            error_messages=says("a list of cameras"),
            validate=validate.Length(1, error="at least one camera"),
        ),
    )
    alarms = key(
        "When a bare head is an alarm.",
        fields.Nested(AlarmsSection, error_messages=says("an object"), load_default=_RULES),
    )
    outlets = key(
        "Where events go.",
        fields.List(OutletOptions(), error_messages=says("a list of outlets"), load_default=list),
    )
