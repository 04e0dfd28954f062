"""The routes of the OpenPose web system: pictures, videos, a WebSocket, and the state of the service."""

from __future__ import annotations

from typing import Any, Final

import psutil
from flask import Blueprint, Response, g, request

from helmet_service.api.json_body import read_json
from helmet_service.api.live_streams import LiveClients, add_live_route
from helmet_service.api.videos import Videos
from helmet_service.api.web_system.answers import detection_json, machine_json, task_json
from helmet_service.api.web_system.detection import PICTURE, detect
from helmet_service.api.web_system.realtime import DetectedFrames
from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_file
from helmet_service.observing.status import mean_ms, status_json
from helmet_service.work.service import Service
from pose.errors import shown

VIDEO_UPLOAD: Final = "/api/video/upload"
FILE: Final = "file"
_TASK: Final = "task_id"


class _WebSystem:
    """The routes."""

    def __init__(self, service: Service, videos: Videos, clients: LiveClients) -> None:
        self._service, self._videos, self._clients = service, videos, clients

    def health(self) -> dict[str, Any]:
        """200 when work is accepted; Problem 503 with the reason when not."""
        self._service.check_ready()
        return {"status": "healthy"}

    def device(self) -> dict[str, Any]:
        """Where the network runs."""
        return {"device": self._service.network.estimator.runtime.device}

    def system(self) -> dict[str, Any]:
        """What of the machine the service takes."""
        return self.performance()["system"]

    def performance(self) -> dict[str, dict[str, Any]]:
        """Figures of all workers."""
        samples = self._service.metrics.samples()
        status = status_json(samples, self._service.history.oldest())
        return {
            "system": machine_json(status, psutil.virtual_memory().total),
            "detection": detection_json(status, mean_ms(samples, "total")),
        }

    def image(self) -> dict[str, Any]:
        """Who is in a picture that comes as base64."""
        self._service.admission.admit(g.at_end)
        return detect(self._service, read_json(), g.stages, g.at_end)

    def upload(self) -> dict[str, Any]:
        """Who is in a picture that comes as a file."""
        self._service.admission.admit(g.at_end)
        return detect(self._service, {PICTURE: _read_file()}, g.stages, g.at_end, FILE)

    def begin_task(self) -> dict[str, Any]:
        """Queue the video that `server/uploads.py` has received."""
        return {_TASK: self._videos.begin().id}

    def task(self, task_id: str) -> dict[str, Any]:
        """How the task is."""
        return task_json(self._videos.existing(task_id, _TASK))

    def result(self, task_id: str) -> Response:
        """The video with verdicts drawn."""
        return self._videos.result(task_id, _TASK)

    def realtime(self, client_id: str) -> Response:
        """Let a client in that sends frames."""
        return self._clients.let_in("client_id", client_id, DetectedFrames(self._service))


def web_system(service: Service, videos: Videos, clients: LiveClients) -> Blueprint:
    """The blueprint of the web system's routes."""
    surface, routes = Blueprint("web_system", __name__), _WebSystem(service, videos, clients)
    surface.get("/api/health")(routes.health)
    surface.get("/api/device")(routes.device)
    surface.get("/api/system")(routes.system)
    surface.get("/api/performance/status")(routes.performance)
    surface.post("/api/detect/image")(routes.image)
    surface.post("/api/detect/upload")(routes.upload)
    surface.post(VIDEO_UPLOAD)(routes.begin_task)
    surface.get(f"/api/video/task/<{_TASK}>")(routes.task)
    surface.get(f"/api/video/result/<{_TASK}>")(routes.result)
    add_live_route(surface, DetectedFrames.rule, routes.realtime)
    return surface


def _read_file() -> bytes:
    """The file of a form; Problem 415 for another body."""
    if request.mimetype != "multipart/form-data":
        raise refusal(415, "Content-Type", "multipart/form-data", shown(request.mimetype) or "nothing")
    return parse_file(g.body.read(), request.content_type or "", FILE)
