"""How much work one worker takes on at once, derived from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from helmet_service.setting_fields import SettingsError
from helmet_service.settings import SPARE_THREADS, Settings

# A JPEG of eight megapixels takes about two, as base64 three. A worker's live clients hold at most three frames each:
# on its way, waiting, and in work.
_LIVE_MESSAGE: Final = 4_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Capacity:
    """One worker's bounds.

    threads: that answer requests. inferences: requests at the network at once; a runtime that batches raises it up to
    `slots`. queue: requests that wait for the network. body_bytes: bytes of all bodies in flight.
    live_message_bytes: of one message of a live client.
    """

    threads: int
    inferences: int
    queue: int
    body_bytes: int
    live_message_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Derive the bounds; SettingsError when THREADS are too few for the queue and the network."""
        inferences = max(settings.inferences, settings.batch)
        live_message = min(_LIVE_MESSAGE, settings.max_body_mb * 1_000_000)
        capacity = cls(settings.threads, inferences, settings.queue, settings.in_flight_mb * 1_000_000, live_message)
        if inferences > capacity.slots:
            expected = f"at most THREADS - {SPARE_THREADS} - INFERENCES (or BATCH, if more)"
            got = f"{settings.queue}, {settings.threads} and {inferences}"
            raise SettingsError(f"QUEUE: expected {expected}, got {got}")
        return capacity

    @property
    def slots(self) -> int:
        """The most requests at the network at once; the other threads answer health checks and refusals."""
        return self.working_threads - self.queue

    @property
    def working_threads(self) -> int:
        """Threads that admitted requests may hold."""
        return self.threads - SPARE_THREADS

    @property
    def connections(self) -> int:
        """Open connections; one that has not sent a whole request holds a file and no thread."""
        return max(400, 4 * self.threads)
