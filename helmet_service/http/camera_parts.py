"""The parts of a multipart body as cameras send them, each told as soon as it is whole.

Cameras send bodies of all kinds (RFC 2046), with and without an end: `form-data`, `mixed` and `x-mixed-replace`. Their
parts need no names, so that werkzeug's decoder of forms refuses them. Most parts tell their length, which is believed:
a part that tells none is whole only when the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from werkzeug.http import parse_options_header

from helmet_service.http.problems import refusal
from pose.errors import shown

_LONGEST_HEAD: Final = 16_384  # bytes of a part's headers; cameras send about 200
_LONGEST_BOUNDARY: Final = 70  # characters (RFC 2046, 5.1.1)
_BLANK_LINE: Final = re.compile(rb"(?:\A|\r?\n)\r?\n")
_LENGTH: Final = re.compile(rb"^content-length:[ \t]*([0-9]{1,12})[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


class CameraParts:
    """A body that is fed piece by piece.

    content_type: the header. most: bytes of a part. Raises Problem 415 for another type, 400 without a boundary.
    """

    def __init__(self, content_type: str, most: int) -> None:
        mimetype, options = parse_options_header(content_type)
        if not mimetype.lower().startswith("multipart/"):
            raise refusal(415, "Content-Type", "multipart of any kind", shown(mimetype) or "nothing")
        boundary = options.get("boundary", "").encode("utf-8", "replace")
        if not 1 <= len(boundary) <= _LONGEST_BOUNDARY:
            raise refusal(400, "body", f"multipart with a boundary of 1 to {_LONGEST_BOUNDARY} bytes", "another")
        # Some cameras name the boundary with the two dashes that stand before it, some without them.
        name = re.escape(boundary.lstrip(b"-") or boundary)
        self._delimiter = re.compile(rb"(?:\A|\r?\n)-{2,72}%s(--|[ \t]{0,20}\r?\n)" % name)
        self._longest_delimiter = 2 * _LONGEST_BOUNDARY + 30
        self._most = most
        self._buffer = bytearray()
        self._searched = 0  # bytes of the buffer that hold no beginning of a delimiter
        self._is_ended = self._has_delimiter = self._has_head = False
        self._length: int | None = None

    @property
    def held(self) -> int:
        """Bytes that wait for more."""
        return len(self._buffer)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The parts that are whole with this piece; Problem 413 for one that is too large, or whose head is."""
        if not self._is_ended:
            self._buffer += piece
        while not self._is_ended and self._reach_body() and (part := self._take_body()) is not None:
            yield part

    def end(self) -> Iterator[bytes]:
        """The body has ended: its last part, where nothing stands behind it."""
        if self._has_head and self._length is None:
            yield bytes(self._buffer)

    def _reach_body(self) -> bool:
        """Drop what stands before the next part's body, and read the part's head, once all of it is there."""
        if not self._has_delimiter:
            self._pass_delimiter()
        if self._has_delimiter and not self._has_head:
            self._read_head()
        return self._has_head

    def _pass_delimiter(self) -> None:
        found = self._find_delimiter()
        if found is None:
            del self._buffer[: self._searched]
            self._searched = 0
            return
        self._is_ended = found[1] == b"--"
        self._has_delimiter = not self._is_ended
        del self._buffer[: len(self._buffer) if self._is_ended else found.end()]

    def _read_head(self) -> None:
        blank = _BLANK_LINE.search(self._buffer)
        if (blank.start() if blank else len(self._buffer)) > _LONGEST_HEAD:
            raise refusal(413, "body", f"at most {_LONGEST_HEAD} bytes of headers in a part", "more")
        if blank:
            told = _LENGTH.search(self._buffer, 0, blank.start())
            self._length = int(told[1]) if told else None
            self._check_size(self._length or 0)
            del self._buffer[: blank.end()]
            self._has_head = True

    def _take_body(self) -> bytes | None:
        """The body of the part; None while more of it is to come."""
        end = self._length
        if end is None:
            found = self._find_delimiter()
            end = found.start() if found else None
        if end is None or len(self._buffer) < end:
            self._check_size(len(self._buffer))
            return None
        self._check_size(end)
        part = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._has_delimiter = self._has_head = False
        return part

    def _find_delimiter(self) -> re.Match[bytes] | None:
        found = self._delimiter.search(self._buffer, self._searched)
        self._searched = 0 if found else max(0, len(self._buffer) - self._longest_delimiter)
        return found

    def _check_size(self, size: int) -> None:
        if size > self._most:
            raise refusal(413, "body", f"parts of at most {self._most} bytes", "a larger one")
