"""HTTP to one server within a time that nothing it does can exceed, over connections that are kept and shared.

The timeout of http.client, and of libraries that are built like it, begins anew with each piece that arrives: a server
that drips holds its client for ever. Here one deadline bounds connecting, sending and reading together.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final

_CONNECT_S: Final = 2.0  # a host that is there answers within a round trip


class Client:
    """Requests to a server; safe to call from several threads, each of which has a connection of its own meanwhile."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._idle: deque[_Connection] = deque()

    def __del__(self) -> None:
        for connection in self._idle:
            connection.close()

    @contextmanager
    def answer(
        self, path: str, *, within_s: float, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        """The answer to a POST with a body, or to a GET without one, to be read inside the block.

        within_s: from here to the last read; only the resolver's time for a name is not in it.
        Raises TimeoutError, another OSError or HTTPException, also where the block reads.
        """
        ends = time.monotonic() + within_s
        connection, response = self._ask(ends, path, body, headers or {})
        try:
            yield response
            if not response.read(1) and not response.will_close:
                self._idle.append(connection)
                return
        except BaseException:
            connection.close()
            raise
        finally:
            response.close()
        connection.close()

    def _ask(
        self, ends: float, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[_Connection, HTTPResponse]:
        if self._idle:
            try:
                kept = self._idle.pop()
                return kept, kept.ask(ends, path, body, headers)
            except (IndexError, ConnectionError):  # another thread took it; the server ended it meanwhile
                pass
        fresh = _Connection(self._host, self._port)
        return fresh, fresh.ask(ends, path, body, headers)


class _Connection(HTTPConnection):
    """A connection whose requests each end at a time of their own."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._ends = 0.0

    def ask(self, ends: float, path: str, body: bytes | None, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a request and read the answer's head; closed when that fails."""
        self._ends = ends
        if isinstance(self.sock, _Socket):
            self.sock.ends = ends
        try:
            self.request("GET" if body is None else "POST", path, body, headers)
            return self.getresponse()
        except BaseException:
            self.close()
            raise

    def connect(self) -> None:
        """Called by http.client when there is no connection yet."""
        plain = socket.create_connection((self.host, self.port), min(_CONNECT_S, _left(self._ends)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = _Socket(plain.detach(), self._ends)


class _Socket(socket.socket):
    """A socket whose sending and reading end together.

    ends: when, in seconds of `time.monotonic`.
    """

    def __init__(self, descriptor: int, ends: float) -> None:
        super().__init__(fileno=descriptor)
        self.ends = ends

    def sendall(self, *arguments: Any) -> None:  # noqa: ANN401  socket's own
        """As socket's; TimeoutError when the time is over."""
        self.settimeout(_left(self.ends))
        super().sendall(*arguments)

    def recv_into(self, *arguments: Any) -> int:  # noqa: ANN401  socket's own
        """As socket's; TimeoutError when the time is over."""
        self.settimeout(_left(self.ends))
        return super().recv_into(*arguments)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
