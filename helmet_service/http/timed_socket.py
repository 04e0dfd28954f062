"""A connection whose client cannot hold a thread: receiving and sending end at a time."""

from __future__ import annotations

import errno
import math
import socket
import time
from typing import TYPE_CHECKING, BinaryIO, Final, Self

if TYPE_CHECKING:
    from typing_extensions import Buffer

SENDING_S: Final = 10.0  # for an answer
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class TookTooLong(ConnectionResetError):  # noqa: N818  as problems.py
    """A client did not send or take in time; to a server that knows nothing of it, one that has hung up."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client took too long")


class TimedSocket(socket.socket):
    """A socket with a time for all that is received, not for each piece: a byte now and then moves no deadline.

    receive_by: when receiving ends, by `time.monotonic`; body_by: when it ends, whatever is set later. awaits_body:
    who reads the body may have to wait for it. owes_continue: the client waits for `100 Continue` before it
    sends (RFC 9110, section 10.1.1); it gets it when somebody receives. ends_unread: it is closed behind the next
    answer, so that nobody needs to receive what is still to come.
    """

    receive_by: float = math.inf
    body_by: float = math.inf
    awaits_body: bool = True
    owes_continue: bool = False
    ends_unread: bool = False
    _sending_s: float = SENDING_S
    _send_by: float | None = None

    @classmethod
    def of(cls, plain: socket.socket) -> Self:
        """The same connection; `plain` is closed."""
        return cls(plain.family, plain.type, plain.proto, fileno=plain.detach())

    def expect_answer(self, sending_s: float) -> None:
        """The next answer has so many seconds from its first byte, in however many pieces it is sent."""
        self._sending_s, self._send_by = sending_s, None

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """At most `size` bytes, none at the end; TookTooLong when the time is over."""
        left = min(self.receive_by, self.body_by) - time.monotonic()
        if left <= 0:
            raise TookTooLong
        if self.owes_continue:
            self.owes_continue = False
            self._send(_CONTINUE, SENDING_S)
        self.settimeout(None if math.isinf(left) else left)
        try:
            return super().recv(size, flags)
        except TimeoutError:
            raise TookTooLong from None

    def receive_now(self, size: int) -> bytes:
        """At most `size` bytes of those that are there, none at the end; BlockingIOError when there are none yet."""
        self.setblocking(False)
        return super().recv(size)

    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        """Send all of it; TookTooLong when the client has not taken its answer in time."""
        now = time.monotonic()
        if self._send_by is None:
            self._send_by = now + self._sending_s
        if self._send_by <= now:
            raise TookTooLong
        self._send(data, self._send_by - now, flags)

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        """Send a small file in the time of the answer; socket's own begins its time anew with each piece."""
        file.seek(offset)
        data = file.read(-1 if count is None else count)
        self.sendall(data)
        return len(data)

    def _send(self, data: Buffer, seconds: float, flags: int = 0) -> None:
        self.settimeout(seconds)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise TookTooLong from None
