"""A live client of tests, for greenlets: bytes as any client may send them, and what comes back."""

from __future__ import annotations

import json
import struct
from typing import Any

import gevent
from wsproto import events
from wsproto.connection import Connection, ConnectionType

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
PATIENCE_S = 30
ENDED = (1006, "")  # without a word


def frame(kind: int, data: bytes = b"", *, fin: bool = True, mask: bytes | None = b"abcd", length: int | None = None):
    """A frame of RFC 6455; length: what it says, whatever its data has."""
    length = len(data) if length is None else length
    short = length if length < 126 else 126 if length < 1 << 16 else 127
    size = b"" if short < 126 else struct.pack("!H" if short == 126 else "!Q", length)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data)) if mask else data
    return bytes([fin << 7 | kind, bool(mask) << 7 | short]) + size + (mask or b"") + masked


class Peer:
    """The client's end of a socket pair of gevent's."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock
        self._protocol = Connection(ConnectionType.CLIENT)
        self._came: list[events.Event] = []

    def send(self, message: bytes | dict[str, Any]) -> None:
        """A picture's file, or a request."""
        event = events.BytesMessage(message) if isinstance(message, bytes) else events.TextMessage(json.dumps(message))
        self.sock.sendall(self._protocol.send(event))

    def next(self) -> events.Event:
        """What comes next; an answered ping, too."""
        with gevent.Timeout(PATIENCE_S):
            while not self._came:
                if not (data := self.sock.recv(1 << 16)):
                    return events.CloseConnection(*ENDED)
                self._protocol.receive_data(data)
                self._came += self._protocol.events()
        return self._came.pop(0)

    def answer(self) -> dict[str, Any]:
        """The next answer."""
        text = ""
        while not isinstance(event := self.next(), events.TextMessage) or not event.message_finished:
            text += event.data
        return json.loads(text + event.data)

    def closed_with(self) -> tuple[int, str | None]:
        """Code and reason of the end, whatever comes before it."""
        while not isinstance(event := self.next(), events.CloseConnection):
            pass
        return event.code, event.reason
