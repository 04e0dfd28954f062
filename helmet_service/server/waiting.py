"""Waiting in greenlets: for clients, each within a time, and for threads."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, Literal

import gevent  # type: ignore[import-untyped]
from gevent.threadpool import ThreadPool  # type: ignore[import-untyped]
from gevent.util import wrap_errors  # type: ignore[import-untyped]

PIECE: Final = 1 << 18  # bytes; gunicorn receives a megabyte, and copies the rest of it for each piece


class WaitingClients:
    """The greenlets that wait for their clients, in the order in which they began. Idle: between two requests."""

    def __init__(self) -> None:
        self._is_idle: dict[gevent.Greenlet, bool] = {}

    @contextmanager
    def wait(self, seconds: float, too_long: Exception | Literal[False], *, idle: bool = False) -> Iterator[None]:
        """Run the block for at most `seconds`; then raise `too_long`, or end the block silently if it is False."""
        greenlet = gevent.getcurrent()
        self._is_idle[greenlet] = idle
        try:
            with gevent.Timeout(seconds, too_long):
                yield
        finally:
            self._is_idle.pop(greenlet, None)

    def hang_up(self, most: int | None = None, *, only_idle: bool = False) -> None:
        """End those that wait, or only the idle ones; at most so many, first the one that has waited for longest."""
        for greenlet in [each for each, idle in self._is_idle.items() if idle or not only_idle][:most]:
            del self._is_idle[greenlet]
            greenlet.kill(hung_up(), block=False)


def read_piece(stream: io.RawIOBase) -> bytes | None:
    """The next 262,144 bytes of a body, fewer at its end; nothing behind it."""
    piece = stream.read(PIECE)
    if piece and len(piece) == PIECE:
        gevent.sleep(0)  # a fast client never lets its greenlet wait, and the others would
    return piece


def hung_up() -> ConnectionResetError:
    """What makes gunicorn close the connection without a word."""
    return ConnectionResetError(errno.ECONNRESET, "the client was waited for too long")


def in_thread(threads: ThreadPool, work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  the work's own
    """What the work returns or raises in a thread, while other greenlets go on."""
    result = threads.apply(wrap_errors(Exception, partial(work, *arguments)))  # gevent prints what a thread raises
    if isinstance(result, Exception):
        raise result
    return result
