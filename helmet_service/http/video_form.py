"""The form of an uploaded video, parsed while it arrives: each piece of it -> bytes of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from helmet_service.http.problems import refusal
from helmet_service.http.request_body import LARGEST_FIELD, MALFORMED_FORM
from pose.errors import shown

UPLOAD: Final = "helmet_service.upload"  # in a WSGI environment: the `Upload` that was received
Part = Literal["video", "request", "hats"]
_FILES: Final[tuple[Part, ...]] = ("video", "hats")


@dataclass(frozen=True, slots=True)
class Upload:
    """A received form: the folder of the reserved job, the files in it, and the part `request`.

    named: what the form calls the video.
    """

    folder: Path
    named: str
    video: Path
    hats: Path | None
    request: bytes


class VideoForm:
    """A form that is fed piece by piece, of which no more than a piece is ever in memory.

    content_type: the header. parts: what a part is, by its name in this form; one is the video.
    Raises Problem 415 when the header names no form, 400 when it names no boundary.
    """

    def __init__(self, content_type: str, parts: Mapping[str, Part]) -> None:
        mimetype, options = parse_options_header(content_type)
        if mimetype.lower() != "multipart/form-data":
            raise refusal(415, "Content-Type", "multipart/form-data", shown(mimetype) or "nothing")
        boundary = options.get("boundary", "").encode("utf-8", "replace")
        if not boundary:
            raise refusal(400, *MALFORMED_FORM)
        self._decoder = MultipartDecoder(boundary, LARGEST_FIELD)
        self._parts = parts
        self._part: Part
        self._begun: set[str] = set()

    @property
    def video(self) -> str:
        """What this form calls the video."""
        return next(name for name, part in self._parts.items() if part == "video")

    def feed(self, piece: bytes | None) -> Iterator[tuple[Part, bytes]]:
        """What a piece, of at most 300,000 bytes, holds of which part. None: the form has ended.

        Raises Problem 400 when it is not the declared multipart, 413 for a part with a long head, 422 for a wrong part.
        """
        try:
            self._decoder.receive_data(piece)
            while not isinstance(event := self._decoder.next_event(), NeedData | Epilogue):
                if isinstance(event, Field | File):
                    self._begin(event)
                elif isinstance(event, Data):
                    yield self._part, event.data
        except RequestEntityTooLarge as error:
            raise refusal(413, "body", f"at most {LARGEST_FIELD} bytes around its parts", "more") from error
        except ValueError as error:
            raise refusal(400, *MALFORMED_FORM) from error
        if piece is None and self.video not in self._begun:
            raise refusal(422, self.video, "one part", "nothing")

    def _begin(self, part: Field | File) -> None:
        if part.name not in self._parts:
            raise refusal(422, shown(part.name or "(no name)"), "no such part", "one")
        if part.name in self._begun:
            raise refusal(422, part.name, "one part", "another")
        self._part = self._parts[part.name]
        if self._part in _FILES and isinstance(part, Field):
            raise refusal(422, part.name, "a part with a file name", "one without")
        self._begun.add(part.name)
