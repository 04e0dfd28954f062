"""Boxes and hats as the verdicts see them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels of the upright picture (continuous coordinates, origin top left)."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.top + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y)."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def area(self) -> float:
        """Width times height, in square pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Hat:
    """A hat box of the request: where, how sure its detector was (0..1, None when not told), its place in the list."""

    box: Box
    score: float | None
    index: int


def intersection_over_union(a: Box, b: Box) -> float:
    """Area shared over area covered, in [0, 1]; 0 when both are empty."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    shared = max(width, 0.0) * max(height, 0.0)
    covered = a.area + b.area - shared
    return shared / covered if covered > 0 else 0.0
