"""How fast, and with which JPEG quality, a live client should send: from how its frames fared so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Self

_WEIGHT: Final = 0.05  # of the newest frame in a mean of many
_FILLED: Final = 0.9  # of its share of the network, or of its link, by a client
_SLOWEST, _FASTEST = 0.2, 30.0  # frames a second
_NEAR: Final = (
    0.3  # a rate that is so near to the wanted one stays: clients that share a network would chase each other
)
_QUALITIES: Final = (90, 80, 65, 50)
# Of a frame's time, for its transfer. A frame shrinks by at most a third from one quality to the next; it would have to
# shrink to less than a third for the way back to follow.
_LONG, _SHORT = 0.5, 0.15
_PATIENCE: Final = 60  # frames, until a mean tells of a new quality


@dataclass(frozen=True, slots=True)
class Pace:
    """The frames a second and the JPEG quality that a client should use, and the means that they follow from.

    frame_s: seconds in work of a frame. transfer_s: from its first byte to its last. frames: so far. changed_at: the
    number of the frame after which the quality changed.
    """

    rate: float = 1.0  # careful: other clients may be there
    jpeg_quality: int = 80
    frame_s: float = 0.0
    transfer_s: float = 0.0
    frames: int = 0
    changed_at: int = 0

    def after(self, frame_s: float, transfer_s: float, share: float) -> Self:
        """The pace after one more frame; it settles where its times do.

        share: of the network, for this client: frames that are at the network at once, by the number of live clients.
        """
        if not self.frames:  # it may have waited until the network was compiled for its size
            return replace(self, frames=1)
        weight = max(_WEIGHT, 1 / self.frames)
        new = replace(
            self,
            frame_s=self.frame_s + weight * (frame_s - self.frame_s),
            transfer_s=self.transfer_s + weight * (transfer_s - self.transfer_s),
            frames=self.frames + 1,
        )
        new = replace(new, rate=new._settled_rate(share))
        quality = new._settled_quality()
        return new if quality == new.jpeg_quality else replace(new, jpeg_quality=quality, changed_at=new.frames)

    def hint(self) -> dict[str, Any]:
        """`quality_hint` of an answer."""
        return {"jpeg_quality": self.jpeg_quality, "rate": self.rate}

    def _settled_rate(self, share: float) -> float:
        interval_s = max(self.frame_s / share, self.transfer_s) / _FILLED
        wanted = 1 / min(max(interval_s, 1 / _FASTEST), 1 / _SLOWEST)
        return self.rate if abs(wanted / self.rate - 1) <= _NEAR else round(wanted, 2)

    def _settled_quality(self) -> int:
        filled = self.transfer_s * self.rate
        if self.frames - self.changed_at < _PATIENCE or _SHORT <= filled <= _LONG:
            return self.jpeg_quality
        place = _QUALITIES.index(self.jpeg_quality) + (1 if filled > _LONG else -1)
        return _QUALITIES[min(max(place, 0), len(_QUALITIES) - 1)]
