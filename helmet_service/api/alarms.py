"""Alarms over HTTP: listed, shown with their evidence, acknowledged."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, g, request

from helmet_service.alarms.alarm import Acknowledgement, Alarm
from helmet_service.alarms.evidence_folder import EvidenceFile
from helmet_service.alarms.store import AlarmStore
from helmet_service.api.json_body import read_json
from helmet_service.api.schemas.alarms import AcknowledgementRequest, AlarmQuery, PictureQuery
from helmet_service.api.schemas.loading import load
from helmet_service.http.problems import FieldError, Problem
from pose.errors import shown

_PICTURES: Final[dict[str, EvidenceFile]] = {"0": "annotated.jpg", "1": "picture.jpg"}  # by `plain`
_IS_WANTED: Final = {"true": True, "false": False}

Json = dict[str, Any]


class _Alarms:
    """The routes of alarms."""

    def __init__(self, store: AlarmStore) -> None:
        self._store = store

    def alarms(self) -> Json:
        """The newest alarms, newest first."""
        asked = load(AlarmQuery(), request.args.to_dict(), {})
        asked["acknowledged"] = _IS_WANTED.get(asked["acknowledged"])
        found, more = self._store.alarms(**asked)
        return {"alarms": [asdict(alarm) for alarm in found], "more": more}

    def alarm(self, alarm_id: str) -> Json:
        """One alarm."""
        return asdict(_existing(self._store.alarm(alarm_id), alarm_id))

    def picture(self, alarm_id: str) -> Response:
        """The picture with the alarm drawn on it, or the plain one; Problem 404 where it was not kept."""
        name = _PICTURES[load(PictureQuery(), request.args.to_dict(), {})["plain"]]
        alarm = _existing(self._store.alarm(alarm_id), alarm_id)
        response = Response(_read(self._store.evidence_file(alarm.id, name)), mimetype="image/jpeg")
        response.cache_control.no_cache = True  # asks each time whether it is still there
        response.set_etag(f"{alarm.id}-{name}")  # it never changes
        return response.make_conditional(request)  # type: ignore[return-value]  # it returns itself

    def acknowledge(self, alarm_id: str) -> Json:
        """Write down that somebody has seen the alarm, in place of what was said before."""
        alarm = _existing(self._store.alarm(alarm_id), alarm_id)
        said = load(AcknowledgementRequest(), read_json(), {})
        said["by"] = said["by"] or g.client
        acknowledged = self._store.acknowledge(alarm.id, Acknowledgement(at=round(time.time(), 3), **said))
        return asdict(_existing(acknowledged, alarm_id))


def alarm_routes(store: AlarmStore) -> Blueprint:
    """The blueprint of alarms."""
    surface, routes = Blueprint("alarms", __name__, url_prefix="/v1/alarms"), _Alarms(store)
    surface.get("")(routes.alarms)
    surface.get("/<alarm_id>")(routes.alarm)
    surface.get("/<alarm_id>/picture")(routes.picture)
    surface.post("/<alarm_id>/acknowledgement")(routes.acknowledge)
    return surface


def _existing(alarm: Alarm | None, alarm_id: str) -> Alarm:
    """The alarm; Problem 404 where there is none."""
    if alarm is None:
        errors = [FieldError("alarm_id", "an alarm that is kept", shown(alarm_id))]
        raise Problem(404, "no such alarm", errors, reason="no_such_alarm")
    return alarm


def _read(evidence: Path | None) -> bytes:
    """Its bytes; Problem 404 where it was not kept, or has just been removed."""
    with suppress(FileNotFoundError):
        if evidence is not None:
            return evidence.read_bytes()
    errors = [FieldError("alarm_id", "an alarm with pictures", "one of which none was kept")]
    raise Problem(404, "no picture of this alarm was kept", errors, reason="no_evidence")
