"""`POST /v1/cameras/{id}/frames`: frames that cameras send themselves, given to the watch."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, g, request

from helmet_service.api.cameras import known_camera
from helmet_service.api.json_body import is_json, read_json
from helmet_service.api.schemas.cameras import FrameRequest
from helmet_service.api.schemas.loading import load
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.http.disk import needing_disk
from helmet_service.http.problems import FieldError, Problem, picture_errors
from helmet_service.http.request_body import BODY_PROBLEM
from helmet_service.pictures.encoding import from_base64
from helmet_service.settings import Settings
from pose.pictures.decoding import checked_header

FRAMES_TAKEN: Final = "helmet_service.frames_taken"  # in a WSGI environment: how many frames of the body were taken
_TYPES: Final = "an image, multipart of any kind, or application/json"


class Frames:
    """Takes the frames of cameras of the kind `push`, for the route and for streams."""

    def __init__(self, settings: Settings) -> None:
        self._folder = WatchFolder(settings.watch_dir)
        self._max_pixels = 1_000_000 * settings.max_picture_mp

    def camera(self, camera_id: str) -> str:
        """The id of a camera that sends its frames; Problem 404 for no camera, 409 for one whose frames are fetched."""
        camera = known_camera(self._folder, camera_id)
        if camera.kind != "push":
            errors = [FieldError("camera_id", "a camera whose source is push", f"one of the kind {camera.kind}")]
            raise Problem(409, "the watch fetches this camera's frames", errors, reason="not_push")
        return camera.id

    def take(self, camera_id: str, picture: bytes) -> None:
        """Give the watch a frame, in place of one that it has not taken yet.

        Problem 413 or 422 where the header shows that it is no whole picture; the watch finds other damage.
        """
        with picture_errors("picture"):
            checked_header(picture, self._max_pixels)
        with needing_disk("WATCH_DIR", "frames"):
            self._folder.push(camera_id, picture)

    def route(self, camera_id: str) -> tuple[dict[str, Any], int]:
        """How many frames were taken; those of multipart bodies are already (`server/camera_streams.py`)."""
        if problem := request.environ.get(BODY_PROBLEM):
            raise problem
        taken = request.environ.get(FRAMES_TAKEN)
        if taken is None:
            self.take(self.camera(camera_id), _picture())
        return {"accepted": taken or 1}, 202


def frame_routes(frames: Frames) -> Blueprint:
    """The blueprint of the route."""
    surface = Blueprint("camera_frames", __name__)
    surface.post("/v1/cameras/<camera_id>/frames")(frames.route)
    return surface


def _picture() -> bytes:
    """The body's picture; Problem 415 for a body of another type, 4xx for one that holds none."""
    if not is_json() and request.mimetype.startswith("image/"):
        data: bytes = g.body.read()
        return data
    asked = load(FrameRequest(), read_json(_TYPES), {})
    with picture_errors("picture"):
        return from_base64(asked["picture"], lenient=False)
