"""A live stream of the service, as a client sees it: one thread, one socket, answers as they come."""

from __future__ import annotations

import base64
import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)

PATIENCE_S = 10.0
V1 = "/v1/live/"


class LiveClosedError(Exception):
    """The service has ended the stream, or refused it; code: of the WebSocket, or the HTTP status."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class LiveConnection:
    """A WebSocket to `/v1/live/{client}`, or to another route with a client's name at its end."""

    def __init__(
        self, address: str, client: str, key: str = "", headers: dict[str, str] | None = None, route: str = V1
    ) -> None:
        """address: such as http://127.0.0.1:24417. Raises OSError when nobody answers there."""
        place = urlsplit(address)
        if place.scheme != "http" or place.hostname is None:
            raise OSError(f"address: expected http://HOST:PORT (without TLS), got {address}")
        self.socket = socket.create_connection((place.hostname, place.port or 80), timeout=PATIENCE_S)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._text = ""
        self._answers: list[dict[str, Any]] = []
        protocols = ["helmet", f"key.{base64.urlsafe_b64encode(key.encode()).decode().rstrip('=')}"] if key else []
        request = Request(
            host=place.netloc,
            target=f"{place.path.rstrip('/')}{route}{quote(client, safe='')}",
            subprotocols=protocols,
            extra_headers=[(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        )
        self._is_open = False
        self._end: LiveClosedError | None = None
        self._send(request)
        while not self._is_open and self._end is None:
            self._read()

    def send(self, message: bytes | str | dict[str, Any]) -> None:
        """Send a picture's file, text, or a request as JSON."""
        if isinstance(message, bytes):
            self._send(BytesMessage(message))
        else:
            self._send(TextMessage(message if isinstance(message, str) else json.dumps(message)))

    def receive(self, seconds: float = PATIENCE_S) -> dict[str, Any] | None:
        """The next answer, None if none comes within so many seconds; LiveClosedError when the stream has ended."""
        until = time.monotonic() + seconds
        while not self._answers:
            if self._end is not None:
                raise self._end
            if not select.select([self.socket], [], [], max(0.0, until - time.monotonic()))[0]:
                return None
            self._read()
        return self._answers.pop(0)

    def close(self) -> None:
        """End the stream."""
        with self.socket:
            if self._end is None:
                self._send(CloseConnection(1000))

    def _send(self, event: Event) -> None:
        self.socket.sendall(self._protocol.send(event))

    def _read(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            self._end = LiveClosedError(1006, "the connection broke")
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, AcceptConnection):
            self._is_open = True
        elif isinstance(event, RejectConnection | RejectData):
            self._text += event.data.decode() if isinstance(event, RejectData) else f"{event.status_code} "
            if isinstance(event, RejectData) and event.body_finished:
                status, _, body = self._text.partition(" ")
                self._end = LiveClosedError(int(status), body)
        elif isinstance(event, TextMessage):
            self._text += event.data
            if event.message_finished:
                self._answers.append(json.loads(self._text))
                self._text = ""
        elif isinstance(event, Ping):
            self._send(event.response())
        elif isinstance(event, CloseConnection):
            self._end = LiveClosedError(event.code, event.reason or "")
            self._send(event.response())


@contextmanager
def live(address: str, client: str, key: str = "", *, route: str = V1, **headers: str) -> Iterator[LiveConnection]:
    """A connection that is closed at the end."""
    connection = LiveConnection(address, client, key, headers, route)
    try:
        yield connection
    finally:
        connection.close()
