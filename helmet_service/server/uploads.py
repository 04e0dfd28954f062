"""Videos on their way in: greenlets receive them, and each piece goes to the disk before the next one is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final

import gevent.lock  # type: ignore[import-untyped]
from gevent.threadpool import ThreadPool  # type: ignore[import-untyped]
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from helmet_service.api.web_system.routes import FILE, VIDEO_UPLOAD
from helmet_service.http.disk import needing_disk
from helmet_service.http.problems import Problem, overloaded, refusal
from helmet_service.http.request_body import LARGEST_FIELD, broken_off, refuse_packed
from helmet_service.http.video_form import UPLOAD, Part, Upload, VideoForm
from helmet_service.server.letting_in_early import let_in_early
from helmet_service.server.waiting import PIECE, WaitingClients, in_thread, read_piece
from helmet_service.video.installed import check_installed
from helmet_service.video.jobs import Jobs
from helmet_service.work.service import Service
from pose.video.reading import HEAD_BYTES, VideoError, container_of

_AT_ONCE: Final = 8  # uploads of a worker
_PIECE_S: Final = 10.0  # for 262,144 bytes
_ROOM_EVERY: Final = 64_000_000  # bytes; other uploads and jobs take room meanwhile
_FILES: Final[Mapping[Part, str]] = {"video": "upload", "hats": "hats.jsonl"}
_V1_FORM: Final[Mapping[str, Mapping[str, Part]]] = {
    "/v1/videos": {"video": "video", "request": "request", "hats": "hats"}
}
_WEB_SYSTEM_FORM: Final[Mapping[str, Mapping[str, Part]]] = {VIDEO_UPLOAD: {FILE: "video"}}


class Uploads:
    """Receives forms with videos into folders of jobs; threads: for what waits for the disk."""

    def __init__(self, service: Service, jobs: Jobs, clients: WaitingClients, threads: ThreadPool) -> None:
        self._service, self._jobs, self._clients, self._threads = service, jobs, clients, threads
        self._free = gevent.lock.BoundedSemaphore(_AT_ONCE)
        self._limit = 1_000_000 * service.settings.video_max_mb
        self._forms = {**_V1_FORM, **(_WEB_SYSTEM_FORM if service.settings.web_system == "1" else {})}

    def takes(self, environ: dict[str, Any]) -> bool:
        """Whether a request's body is such a form."""
        return environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in self._forms

    def receive(self, environ: dict[str, Any], until_answered: ExitStack) -> None:
        """Let the client in, check the head, then write the body's parts to the disk: an `Upload` in the environment.

        until_answered: removes the folder when it is closed, unless the job has begun by then. Raises Problem.
        """
        form, length = in_thread(self._threads, self._checked_head, environ)
        if not self._free.acquire(blocking=False):
            raise overloaded("uploads_full", f"at most {_AT_ONCE} uploads at once", "another one")
        until_answered.callback(self._free.release)
        self._on_disk(self._jobs.check_room, length or 0)
        folder = self._on_disk(self._jobs.reserve)
        until_answered.callback(self._on_disk, self._jobs.discard, folder)
        parts = _Parts(folder, form.video, 1_000_000 * self._service.settings.max_body_mb)
        until_answered.callback(parts.close)
        for piece in self._pieces(environ["wsgi.input"], length):
            for part, data in form.feed(piece):
                self._on_disk(parts.write, part, data)
        environ[UPLOAD] = self._on_disk(parts.finish)

    def _checked_head(self, environ: dict[str, Any]) -> tuple[VideoForm, int | None]:
        """The form to feed, and the body's bytes if they are declared; Problem for what would be refused behind it."""
        let_in_early(environ, self._service)
        check_installed()
        self._service.network.check(trusting=True)
        request = Request(environ)
        refuse_packed(request.headers)
        form = VideoForm(request.content_type or "", self._forms[request.path])
        if (request.content_length or 0) > self._limit:
            raise self._too_large(f"{request.content_length} bytes")
        return form, request.content_length

    def _pieces(self, stream: Any, length: int | None) -> Iterator[bytes | None]:  # noqa: ANN401
        """The body piece by piece, None behind it."""
        received, room = 0, 0
        late = refusal(408, "body", f"{PIECE} bytes in {_PIECE_S:g} s", "fewer")
        try:
            while True:
                with self._clients.wait(_PIECE_S, late):
                    piece = read_piece(stream)
                if not piece:
                    break
                received += len(piece)
                if received > self._limit:
                    raise self._too_large("more")
                if received > room:
                    room += _ROOM_EVERY
                    self._on_disk(self._jobs.check_room, _ROOM_EVERY)
                yield piece
        except (ParseException, NoMoreData) as error:  # in chunks
            raise broken_off(received) from error
        if length is not None and received < length:
            raise broken_off(received)
        yield None

    def _too_large(self, got: str) -> Problem:
        return refusal(413, "body", f"at most {self._limit} bytes", got)

    def _on_disk(self, work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  the work's own
        with needing_disk("VIDEO_DIR", "videos"):
            return in_thread(self._threads, work, *arguments)


class _Parts:
    """The parts of a form so far: files in a job's folder, and `request` in memory. named: as in `Upload`."""

    def __init__(self, folder: Path, named: str, most_hats: int) -> None:
        self._folder, self._named = folder, named
        self._most: dict[Part, int] = {"request": LARGEST_FIELD, "hats": most_hats}
        self._sizes: Counter[Part] = Counter()
        self._files: dict[Part, BinaryIO] = {}
        self._head = b""
        self._request = bytearray()

    def write(self, part: Part, data: bytes) -> None:
        """Add bytes of a part; Problem 413 for too many, 422 for a file that is no video."""
        self._sizes[part] += len(data)
        if self._sizes[part] > self._most.get(part, self._sizes[part]):
            raise refusal(413, part, f"at most {self._most[part]} bytes", "more")
        if part == "request":
            self._request += data
            return
        if part not in self._files:
            self._files[part] = (self._folder / _FILES[part]).open("xb")
        self._files[part].write(data)
        if part == "video" and len(self._head) < HEAD_BYTES:
            self._head += data[:HEAD_BYTES]
            if len(self._head) >= HEAD_BYTES:
                self._check_container()

    def finish(self) -> Upload:
        """Close the files; Problem 422 when the video is none."""
        if len(self._head) < HEAD_BYTES:
            self._check_container()
        self.close()
        video, hats = self._folder / _FILES["video"], self._folder / _FILES["hats"]
        return Upload(self._folder, self._named, video, hats if "hats" in self._files else None, bytes(self._request))

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _check_container(self) -> None:
        try:
            container_of(self._head)
        except VideoError as error:
            raise refusal(422, self._named, error.expected, error.got) from error
