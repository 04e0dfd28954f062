"""What the sender asks of an outlet, whatever its kind, and how a delivery can go wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod

from helmet_service.alarms.events import Event


class DeliveryError(Exception):
    """The receiver could not be told now; it is to be told later.

    The text says why, without secrets. wait_s: how long the receiver asked to wait, in seconds. only_it: it may be this
    event alone that fails.
    """

    def __init__(self, why: str, wait_s: float | None = None, *, only_it: bool = False) -> None:
        super().__init__(why)
        self.wait_s = wait_s
        self.only_it = only_it


class RefusalError(Exception):
    """The receiver does not want this event, and would not later. The text says why, without secrets."""


class Outlet(ABC):
    """A way to one receiver. One thread uses it."""

    @abstractmethod
    def send(self, event: Event, picture: bytes | None) -> None:
        """Tell the receiver of an event; returns when it has it.

        picture: a JPEG of an alarm that begins or goes on. Raises DeliveryError or RefusalError.
        """

    def rest(self) -> None:  # noqa: B027  most kinds have nothing to do between events
        """Called about once a second while there is nothing to send."""

    def close(self) -> None:  # noqa: B027
        """Called once, at the end; returns within a second."""


def network_words(error: BaseException) -> str:
    """What went wrong, as the operating system says it.

    Texts of libraries are not repeated: they name addresses, whose paths may be secret.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        if isinstance(cause, TimeoutError):
            return "timed out"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
