"""A request's body: read within limits of size and time, then parsed as JSON or as a form."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, Protocol

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from helmet_service.http.problems import FieldError, Problem, refusal, wrong_fields
from helmet_service.http.timed_socket import TimedSocket, TookTooLong
from pose.errors import described, shown

PATIENCE_S: Final = 10.0
_PIECE: Final = 1 << 16
_PATIENCE_WHEN_ANSWERED_S: Final = 0.1  # in a thread; the main loop discards more, see gunicorn_worker.py
# A request of 500 hats and 500 vests has 5,000 values. 20 MB of `[],[],...` would take 500 MB of memory.
_MOST_COMMAS: Final = 100_000
_MOST_PARTS: Final = 4
_LARGEST_FIELD: Final = 500_000  # bytes of a form's field, or of a part's headers, which are parsed line by line


class Stream(Protocol):
    """What a WSGI server hands over to read the body from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Body:
    """The body that a client sends, read once and never beyond its end.

    length: what Content-Length says, None when the server ends the stream itself (chunked). limit: bytes. connection:
    what the stream reads from, where the server tells; without it a slow client is waited for.
    """

    def __init__(
        self,
        stream: Stream,
        length: int | None,
        limit: int,
        connection: TimedSocket | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._stream = stream
        self._length = length
        self._limit = limit
        self._connection = connection
        self._patience_s = patience_s
        self._taken = 0
        self._ended = length == 0
        self._late = False

    @property
    def most_bytes(self) -> int:
        """How many bytes `read` may return, as far as is known before."""
        return self._limit if self._length is None else min(self._length, self._limit)

    @property
    def is_waited_for(self) -> bool:
        """Whether who reads it may have to wait."""
        return not self._ended and (self._connection is None or self._connection.awaits_body)

    def read(self) -> bytes:
        """All of it.

        Raises Problem 413 over the limit (by Content-Length before a byte is read), 400 when the client breaks off,
        408 when not all of it has come in time.
        """
        if self._length is not None and self._length > self._limit:
            raise self._too_large(f"{self._length} bytes")
        pieces = []
        self._receive_for(self._patience_s)
        while piece := self._take():
            pieces.append(piece)
            if self._taken > self._limit:
                raise self._too_large("more")
        if self._length is not None and self._taken < self._length:
            raise self._broken_off()
        return b"".join(pieces)

    def drain(self) -> None:
        """Read and forget what still comes, for a moment and up to twice the limit, so that the connection can be kept.

        A client that waits for `100 Continue` is not asked for what nobody wants; a connection that ends is not kept.
        """
        if self._ended:
            return
        connection = self._connection
        unwanted = connection is not None and (connection.owes_continue or connection.ends_unread)
        self._receive_for(0 if unwanted else _PATIENCE_WHEN_ANSWERED_S)
        with suppress(Problem):
            while self._taken < 2 * self._limit and self._take():
                pass

    def _take(self) -> bytes:
        size = _PIECE if self._length is None else min(_PIECE, self._length - self._taken)
        try:
            piece = self._stream.read(size) if size > 0 else b""
        except Exception as error:  # each server has its own types for a client that breaks off or chunks wrongly
            self._late = isinstance(error, TookTooLong)
            raise self._broken_off() from error
        self._taken += len(piece)
        self._ended = not piece
        return piece

    def _receive_for(self, seconds: float) -> None:
        if self._connection is not None:
            self._connection.receive_by = time.monotonic() + seconds

    def _broken_off(self) -> Problem:
        if self._late:
            return refusal(408, "body", f"all of it within {self._patience_s:g} s", "a part")
        return refusal(400, "body", "a whole HTTP body", f"one that broke off after {self._taken} bytes")

    def _too_large(self, got: str) -> Problem:
        return refusal(413, "body", f"at most {self._limit} bytes", got)


def parse_json(data: bytes, name: str = "body") -> object:
    """Parse JSON in UTF-8, UTF-16 or UTF-32; where a key is doubled, the last one counts.

    name: what errors call these bytes. Raises Problem 400 when they are not JSON, 413 for more than 100,000 commas.
    """
    if (commas := data.count(b",")) > _MOST_COMMAS:
        raise refusal(413, name, f"at most {_MOST_COMMAS} JSON values", f"about {commas}")
    try:
        value: object = json.loads(data)
    except json.JSONDecodeError as error:
        raise refusal(400, name, "JSON", f"{error.msg} at character {error.pos}" if data else "nothing") from error
    except UnicodeDecodeError as error:
        raise refusal(400, name, "JSON in UTF-8", f"another byte at {error.start}") from error
    except RecursionError as error:
        raise refusal(400, name, "JSON", "one nested too deep") from error
    except ValueError as error:  # int() refuses more than 4,300 digits
        raise refusal(400, name, "JSON", "a number with too many digits") from error
    return value


def parse_form(data: bytes, content_type: str) -> dict[str, Any]:
    """A multipart body: the JSON object of its part `request`, with the bytes of its file part as `picture`.

    Raises Problem 400 when it is not the declared multipart, 413 for too many or too large parts, 422 for wrong ones.
    """
    mimetype, options = parse_options_header(content_type)
    parser = FormDataParser(
        silent=False,
        max_form_parts=_MOST_PARTS,
        max_form_memory_size=_LARGEST_FIELD,
        stream_factory=_in_memory,
    )
    try:
        _, fields, files = parser.parse(io.BytesIO(data), mimetype.lower(), len(data), options)
    except RequestEntityTooLarge as error:
        expected = f"at most {_MOST_PARTS} parts and {_LARGEST_FIELD} bytes in each that is no file"
        raise refusal(413, "body", expected, "more") from error
    except ValueError as error:
        raise refusal(400, "body", "multipart/form-data as declared", "something else") from error
    if errors := list(_wrong_parts(fields, files)):
        raise wrong_fields(422, errors)
    request = files["request"].stream.read() if "request" in files else fields.get("request", "{}").encode()
    asked = parse_json(request, "request")
    if not isinstance(asked, dict):
        raise refusal(422, "request", "an object", described(asked))
    if "picture" in asked:
        raise refusal(422, "picture", "nothing beside the file", described(asked["picture"], is_picture=True))
    return {**asked, "picture": files["picture"].stream.read()}


def _wrong_parts(fields: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Iterator[FieldError]:
    if "picture" in fields:
        yield FieldError("picture", "a part with a file name", "one without")
    elif (pictures := len(files.getlist("picture"))) != 1:
        yield FieldError("picture", "one part", f"{pictures} of them" if pictures else "nothing")
    if (requests := len(files.getlist("request") + fields.getlist("request"))) > 1:
        yield FieldError("request", "at most one part", f"{requests} of them")
    names = {name or "(no name)" for name in (*fields, *files)}  # werkzeug names a part without a name None
    yield from (FieldError(shown(name), "no such part", "one") for name in sorted(names - {"picture", "request"}))


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:  # noqa: ANN401  werkzeug's signature; the body's size is bounded
    return io.BytesIO()
