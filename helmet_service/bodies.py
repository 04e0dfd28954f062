"""A request's body: its bytes within the limit, the JSON in them, the parts of a form in them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from socket import socket
from typing import Any, Final, Protocol

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from helmet_service.problems import FieldError, Problem, refusal, shown, wrong_fields

_PIECE: Final = 1 << 16
_PATIENCE_S: Final = 10.0
_PATIENCE_WHEN_REFUSED_S: Final = 1.0
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
    what the stream reads from, where the server tells; without it a silent client is waited for.
    """

    def __init__(self, stream: Stream, length: int | None, limit: int, connection: socket | None = None) -> None:
        self._stream = stream
        self._length = length
        self._limit = limit
        self._connection = connection
        self._taken = 0

    def read(self) -> bytes:
        """All of it.

        Raises Problem 413 over the limit (by Content-Length before a byte is read), 400 when the client breaks off,
        408 when it falls silent.
        """
        if self._length is not None and self._length > self._limit:
            raise self._too_large(f"{self._length} bytes")
        pieces = []
        while piece := self._take(_PATIENCE_S):
            pieces.append(piece)
            if self._taken > self._limit:
                raise self._too_large("more")
        if self._length is not None and self._taken < self._length:
            raise refusal(400, "body", f"{self._length} bytes as declared", f"{self._taken} bytes")
        return b"".join(pieces)

    def drain(self) -> None:
        """Read and forget what still comes, up to twice the limit: clients read the answer only once all is sent."""
        with suppress(Problem):
            while self._taken < 2 * self._limit and self._take(_PATIENCE_WHEN_REFUSED_S):
                pass

    def _take(self, patience_s: float) -> bytes:
        left = _PIECE if self._length is None else min(_PIECE, self._length - self._taken)
        try:
            piece = self._receive(left, patience_s) if left > 0 else b""
        except TimeoutError as error:
            raise refusal(408, "body", f"more of it within {patience_s:g} s", "nothing") from error
        except Exception as error:  # each server has its own types for a client that breaks off or chunks wrongly
            raise refusal(400, "body", "a whole HTTP body", "one that broke off") from error
        self._taken += len(piece)
        return piece

    def _receive(self, size: int, patience_s: float) -> bytes:
        if self._connection is None:
            return self._stream.read(size)
        before = self._connection.gettimeout()
        self._connection.settimeout(patience_s)
        try:
            return self._stream.read(size)
        finally:
            self._connection.settimeout(before)

    def _too_large(self, got: str) -> Problem:
        return refusal(413, "body", f"at most {self._limit} bytes", got)


def parse_json(data: bytes, name: str = "body") -> object:
    """The JSON value in UTF-8 (or -16, -32) bytes; of doubled keys the last counts, as everywhere in Python.

    Raises Problem 400 when it is not JSON, 413 when it holds more values than any sound request.
    """
    if (commas := data.count(b",")) > _MOST_COMMAS:
        raise refusal(413, name, f"at most {_MOST_COMMAS} JSON values", f"about {commas}")
    try:
        value: object = json.loads(data)
    except json.JSONDecodeError as error:
        raise refusal(400, name, "JSON", f"{error.msg} at character {error.pos}" if data else "nothing") from error
    except UnicodeDecodeError as error:
        raise refusal(400, name, "JSON in UTF-8", f"a byte that is none at {error.start}") from error
    except RecursionError as error:
        raise refusal(400, name, "JSON", "one nested too deep") from error
    except ValueError as error:  # int() refuses more than 4,300 digits
        raise refusal(400, name, "JSON", "a number with too many digits") from error
    return value


def parse_form(data: bytes, content_type: str) -> tuple[bytes, object]:
    """The file part `picture` and the JSON of the part `request` ({} without one) of a multipart body.

    Raises Problem 400 when it is not the declared multipart, 413 for too many parts, 422 for wrong parts.
    """
    mimetype, options = parse_options_header(content_type)
    parser = FormDataParser(
        silent=False,
        max_form_parts=_MOST_PARTS,
        max_form_memory_size=_LARGEST_FIELD,
        stream_factory=_in_memory,
    )
    try:
        _, fields, files = parser.parse(io.BytesIO(data), mimetype, len(data), options)
    except RequestEntityTooLarge as error:
        expected = f"at most {_MOST_PARTS} parts and {_LARGEST_FIELD} bytes in each that is no file"
        raise refusal(413, "body", expected, "more") from error
    except ValueError as error:
        raise refusal(400, "body", "multipart/form-data as declared", "something else") from error
    if errors := list(_wrong_parts(fields, files)):
        raise wrong_fields(422, errors)
    request = files["request"].stream.read() if "request" in files else fields.get("request", "{}").encode()
    return files["picture"].stream.read(), parse_json(request, "request")


def _wrong_parts(fields: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Iterator[FieldError]:
    if "picture" in fields:
        yield FieldError("picture", "a part with a file name", "one without")
    elif (pictures := len(files.getlist("picture"))) != 1:
        yield FieldError("picture", "one part", f"{pictures} of them" if pictures else "nothing")
    if (requests := len(files.getlist("request") + fields.getlist("request"))) > 1:
        yield FieldError("request", "at most one part", f"{requests} of them")
    names = {name or "(no name)" for name in (*fields, *files)}  # werkzeug passes a part without a name on as None
    yield from (FieldError(shown(name), "no such part", "one") for name in sorted(names - {"picture", "request"}))


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:  # noqa: ANN401  werkzeug passes sizes and names, which bound nothing
    return io.BytesIO()
