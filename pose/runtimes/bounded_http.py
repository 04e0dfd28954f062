"""An HTTP client for one server, with a deadline for each whole request and connections that threads share.

The timeout of http.client, and of libraries built like it, restarts with each piece that arrives, so a server that
sends single bytes holds its client for ever. Here one deadline bounds connecting, sending and reading together.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final

_CONNECT_S: Final = 2.0  # a reachable host answers within one round trip


class Client:
    """Requests to a server; safe to call from several threads, each of which uses a connection of its own."""

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
        """The answer to a POST (with a body) or GET (without one), to be read inside the block.

        within_s: from here to the last read, the name resolver's time excepted.
        Raises TimeoutError, another OSError or HTTPException, also while the block reads.
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
            except (IndexError, ConnectionError):  # another thread took it, or the server closed it
                pass
        fresh = _Connection(self._host, self._port)
        return fresh, fresh.ask(ends, path, body, headers)


class _Connection(HTTPConnection):
    """A connection with a deadline for each request."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._ends = 0.0

    def ask(self, ends: float, path: str, body: bytes | None, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a request and read the answer's head; closes the connection when that fails.

        ends: the deadline, in seconds of `time.monotonic`.
        """
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
        """Open the connection; http.client calls this when there is none yet."""
        plain = socket.create_connection((self.host, self.port), min(_CONNECT_S, _left(self._ends)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = _Socket(plain.detach(), self._ends)


class _Socket(socket.socket):
    """A socket with one deadline for sending and reading.

    ends: the deadline, in seconds of `time.monotonic`.
    """

    def __init__(self, descriptor: int, ends: float) -> None:
        super().__init__(fileno=descriptor)
        self.ends = ends

    def sendall(self, *arguments: Any) -> None:  # noqa: ANN401  socket's own
        """As of `socket`; TimeoutError after the deadline."""
        self.settimeout(_left(self.ends))
        super().sendall(*arguments)

    def recv_into(self, *arguments: Any) -> int:  # noqa: ANN401  socket's own
        """As of `socket`; TimeoutError after the deadline."""
        self.settimeout(_left(self.ends))
        return super().recv_into(*arguments)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
