"""A body's bytes as they arrive.

gunicorn's own `read` waits until it has as many bytes as it was asked for: the end of a camera's picture would come
with its next one.
"""

from __future__ import annotations

import sys
from typing import Any

import gevent  # type: ignore[import-untyped]
from gunicorn.http.body import ChunkedReader, LengthReader  # type: ignore[import-untyped]

from helmet_service.server.waiting import PIECE


def read_what_came(stream: Any) -> bytes:  # noqa: ANN401  gunicorn's body, or any stream
    """The bytes that are there, at most 262,144; waits for one where there is none. Nothing behind the body's end.

    After it, no other request is read from a body that broke off.
    """
    gevent.sleep(0)  # a fast client never lets its greenlet wait, and the others would
    reader = getattr(stream, "reader", None)
    if not isinstance(reader, ChunkedReader | LengthReader):
        piece: bytes = stream.read(PIECE)
        return piece
    stream.failed = True
    first: bytes = reader.read(1)
    held = reader.buf if isinstance(reader, ChunkedReader) else reader.unreader.buf
    rest: bytes = reader.read(min(held.tell(), PIECE - 1)) if first else b""
    stream.failed = False
    return first + rest


def read_until_closed(environ: dict[str, Any]) -> None:
    """Let a body that tells neither its length nor its chunks last until the client closes, as HTTP/1.0 had it.

    gunicorn takes it for one without bytes (RFC 9112, 6.3). No other request may follow on the connection.
    """
    reader = getattr(environ["wsgi.input"], "reader", None)
    if isinstance(reader, LengthReader) and "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ:
        reader.length = sys.maxsize
