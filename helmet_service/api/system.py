"""Routes about the service itself: health, readiness, metrics, status and facts."""

from __future__ import annotations

import platform
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, request

from helmet_service.api.site_counts import SiteCounts
from helmet_service.http.problems import Problem
from helmet_service.observing.history import EACH_S
from helmet_service.observing.status import status_json
from helmet_service.settings import Settings
from helmet_service.version import VERSION
from helmet_service.video.counts import JobCounts
from helmet_service.video.installed import is_installed
from helmet_service.work.service import Service
from pose.video.reading import LONGEST_S, MOST_PIXELS

_LIBRARIES: Final = ("flask", "marshmallow", "numpy", "opencv-python-headless", "openvino", "onnxruntime", "pillow")
_USUAL_HEIGHTS: Final = (480, 720, 1080, 2160)  # pixels


def limits(service: Service) -> dict[str, Any]:
    """What a request, or a live client's message, may hold, and how many live clients a worker takes."""
    settings = service.settings
    return {
        "body_bytes": settings.max_body_mb * 1_000_000,
        "picture_pixels": settings.max_picture_mp * 1_000_000,
        "pictures": settings.max_pictures,
        "runs": settings.max_runs,
        "squares": settings.squares(),
        "hats": settings.max_hats,
        "vests": settings.max_hats,
        "deadline_s": settings.deadline_s,
        "video_bytes": settings.video_max_mb * 1_000_000,
        "video_frame_pixels": MOST_PIXELS,
        "video_s": LONGEST_S,
        "live_clients": settings.live_max,
        "live_message_bytes": service.capacity.live_message_bytes,
    }


class _System:
    """The routes about the service itself."""

    def __init__(self, service: Service, job_counts: JobCounts, site_counts: SiteCounts) -> None:
        self._service, self._job_counts, self._site_counts = service, job_counts, site_counts

    def healthz(self) -> dict[str, Any]:
        """200 as long as the process answers."""
        return {"status": "ok"}

    def readyz(self) -> dict[str, Any]:
        """200 when work is accepted, 503 with the reason when not."""
        self._service.check_ready()
        return {"status": "ready"}

    def metrics(self) -> Response:
        """All workers' metrics for Prometheus."""
        body, content_type = self._service.metrics.exposition(request.headers.get("Accept", ""))
        return Response(body, content_type=content_type)

    def status(self) -> dict[str, Any]:
        """Figures of all workers, for people; `ready` is that of the worker that answers."""
        problem = self._not_ready()
        counted = status_json(self._service.metrics.samples(), self._service.history.oldest())
        return {
            "at_s": round(time.time(), 3),
            "ready": problem is None,
            "not_ready": problem and problem.detail,
            "not_ready_reason": problem and problem.reason,
            **counted,
            "videos": self._job_counts.states(),
            **self._site_counts.status(),
            "problems": self._service.problems.told(),
        }

    def history(self) -> dict[str, Any]:
        """A few figures of all workers over the last ten minutes."""
        return {"each_s": EACH_S, "points": self._service.history.points()}

    def _not_ready(self) -> Problem | None:
        try:
            self._service.check_ready()
        except Problem as problem:
            return problem
        return None

    def info(self) -> dict[str, Any]:
        """Versions, the model, limits and settings."""
        settings, estimator = self._service.settings, self._service.network.estimator
        model = estimator.model
        return {
            "service": {"name": "helmet-service", "version": VERSION},
            "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
            "model": {
                "name": model.name, "version": model.version, "sha256": model.sha256, "facts": model.facts,
                "precision": estimator.runtime.precision, "sees_hats": self._service.sees_hats,
                "finds_hands": self._service.finds_hands,
            },
            "limits": limits(self._service),
            "takes_videos": is_installed(),
            "smallest_head": _smallest_head(settings),
            "settings": _shown(settings),
        }  # fmt: skip


def system(service: Service, job_counts: JobCounts, site_counts: SiteCounts) -> Blueprint:
    """The blueprint of the routes about the service itself."""
    surface, routes = Blueprint("system", __name__), _System(service, job_counts, site_counts)
    surface.get("/healthz")(routes.healthz)
    surface.get("/readyz")(routes.readyz)
    surface.get("/metrics")(routes.metrics)
    surface.get("/v1/status")(routes.status)
    surface.get("/v1/status/history")(routes.history)
    surface.get("/v1/info")(routes.info)
    return surface


def _shown(settings: Settings) -> dict[str, Any]:
    """The settings as JSON; a queue's address may hold a password."""
    shown = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(settings).items()}
    return shown | {"video_queue": settings.video_queue and "redis"}


def _smallest_head(settings: Settings) -> dict[str, Any]:
    """MIN_HEAD_PX in pixels of pictures; very wide ones are scaled down further, and need larger heads."""
    share = settings.min_head_px / settings.input_height
    return {
        "network_px": settings.min_head_px,
        "share_of_picture_height": round(share, 4),
        "picture_px_by_picture_height": {str(height): round(share * height, 1) for height in _USUAL_HEIGHTS},
    }
