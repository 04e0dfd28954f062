"""A connection whose client cannot hold a thread: receiving and sending end at a time."""

from __future__ import annotations

import errno
import math
import socket
import time
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from typing_extensions import Buffer

_SENDING_S: Final = 10.0
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class TookTooLong(ConnectionResetError):  # noqa: N818  as problems.py
    """A client did not send or take in time; to a server that knows nothing of it, one that has hung up."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client took too long")


class TimedSocket(socket.socket):
    """A socket with a time for all that is received, not for each piece: a byte now and then moves no deadline.

    receive_by: when receiving ends, by `time.monotonic`. owes_continue: the client waits for `100 Continue` before it
    sends (RFC 9110, section 10.1.1); it gets it when somebody receives.
    """

    receive_by: float = math.inf
    owes_continue: bool = False

    @classmethod
    def of(cls, plain: socket.socket) -> Self:
        """The same connection; `plain` is closed."""
        return cls(plain.family, plain.type, plain.proto, fileno=plain.detach())

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """At most `size` bytes, none at the end; TookTooLong when the time is over."""
        left = self.receive_by - time.monotonic()
        if left <= 0:
            raise TookTooLong
        if self.owes_continue:
            self.owes_continue = False
            self.sendall(_CONTINUE)
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
        """Send all of it; TookTooLong when the client does not take it within 10 s."""
        self.settimeout(_SENDING_S)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise TookTooLong from None
