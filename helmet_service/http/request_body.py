"""A request's body: read within a limit of size, then parsed as JSON or as a form."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from helmet_service.http.problems import FieldError, Problem, refusal, wrong_fields
from pose.errors import described, shown

BODY_PROBLEM: Final = "helmet_service.body_problem"  # in a WSGI environment: why the body is not all there
# A request of 500 hats and 500 vests has 5,000 values. 20 MB of `[],[],...` would take 500 MB of memory.
_MOST_COMMAS: Final = 100_000
_MOST_PARTS: Final = 4
LARGEST_FIELD: Final = 500_000  # bytes of a form's field, or of a part's headers, which are parsed line by line
MALFORMED_FORM: Final = ("body", "multipart/form-data as declared", "something else")


class Body:
    """The body that a client sends, read once and never beyond its end.

    length: what Content-Length says, None when the server ends the stream itself (chunked). limit: bytes. problem: why
    a server that collected it has not all of it.
    """

    def __init__(self, stream: IO[bytes], length: int | None, limit: int, problem: Problem | None = None) -> None:
        self._stream = stream
        self._length = length
        self._limit = limit
        self._problem = problem

    def read(self) -> bytes:
        """All of it.

        Raises Problem 413 over the limit (by Content-Length before a byte is read), 400 when the client breaks off.
        """
        if self._length is not None and self._length > self._limit:
            raise self._too_large(f"{self._length} bytes")
        if self._problem is not None:
            raise self._problem
        data = self._stream.read(self._limit + 1 if self._length is None else self._length)
        if len(data) > self._limit:
            raise self._too_large("more")
        if self._length is not None and len(data) < self._length:
            raise broken_off(len(data))
        return data

    def _too_large(self, got: str) -> Problem:
        return refusal(413, "body", f"at most {self._limit} bytes", got)


def broken_off(received: int) -> Problem:
    """Problem 400 for a body that ends after so many bytes, before it is whole."""
    return refusal(400, "body", "a whole HTTP body", f"one that broke off after {received} bytes")


def refuse_packed(headers: Headers) -> None:
    """Problem 415 for a packed body: a small one may unpack to gigabytes."""
    encoding = headers.get("Content-Encoding", "").strip()
    if encoding.lower() not in ("", "identity"):
        errors = [FieldError("Content-Encoding", "none", shown(encoding))]
        raise Problem(415, "the body is packed", errors, {"Accept-Encoding": "identity"})


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
    fields, files = _parts_of(data, content_type, "picture", "request")
    request = files["request"].stream.read() if "request" in files else fields.get("request", "{}").encode()
    asked = parse_json(request, "request")
    if not isinstance(asked, dict):
        raise refusal(422, "request", "an object", described(asked))
    if "picture" in asked:
        raise refusal(422, "picture", "nothing beside the file", described(asked["picture"], is_picture=True))
    return {**asked, "picture": files["picture"].stream.read()}


def parse_file(data: bytes, content_type: str, name: str) -> bytes:
    """A multipart body: the bytes of its only part, a file of this name. Raises Problem as `parse_form` does."""
    _, files = _parts_of(data, content_type, name)
    return files[name].stream.read()


def _parts_of(
    data: bytes, content_type: str, file: str, *others: str
) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The fields and files of a multipart body that has the part `file`, a file, and perhaps each of the others."""
    mimetype, options = parse_options_header(content_type)
    parser = FormDataParser(
        silent=False,
        max_form_parts=_MOST_PARTS,
        max_form_memory_size=LARGEST_FIELD,
        stream_factory=_in_memory,
    )
    try:
        _, fields, files = parser.parse(io.BytesIO(data), mimetype.lower(), len(data), options)
    except RequestEntityTooLarge as error:
        expected = f"at most {_MOST_PARTS} parts and {LARGEST_FIELD} bytes in each that is no file"
        raise refusal(413, "body", expected, "more") from error
    except ValueError as error:
        raise refusal(400, *MALFORMED_FORM) from error
    if errors := list(_wrong_parts(fields, files, file, others)):
        raise wrong_fields(422, errors)
    return fields, files


def _wrong_parts(
    fields: MultiDict[str, str], files: MultiDict[str, FileStorage], file: str, others: Sequence[str]
) -> Iterator[FieldError]:
    if file in fields:
        yield FieldError(file, "a part with a file name", "one without")
    elif (count := len(files.getlist(file))) != 1:
        yield FieldError(file, "one part", f"{count} of them" if count else "nothing")
    for other in others:
        if (count := len(files.getlist(other) + fields.getlist(other))) > 1:
            yield FieldError(other, "at most one part", f"{count} of them")
    names = {name or "(no name)" for name in (*fields, *files)}  # werkzeug names a part without a name None
    yield from (FieldError(shown(name), "no such part", "one") for name in sorted(names - {file, *others}))


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:  # noqa: ANN401  werkzeug's signature; the body's size is bounded
    return io.BytesIO()
