"""Where a camera usually looks, learnt from its frames, and whether it still does."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.watch.latch import Latch
from helmet_service.watch.view import View, has_structure, is_dark, is_sharp, likeness, view_of

_LOOK_S: Final = 1.0  # how often the view is compared
_FIRST_VIEWS: Final = 10  # that make a usual view
_FOLLOW_S: Final = 600.0  # within which the usual view follows the light of the day
_TURNED_S: Final = 90.0  # a truck may hide the view for a minute
_NEW_S: Final = 400.0  # after which a new view is the usual one


class UsualView:
    """Of one camera, from frame to frame."""

    def __init__(self) -> None:
        self._usual, self._new = _MeanView(), _MeanView()
        self._turned = _turned()
        self._looked_s = -math.inf

    @property
    def is_turned(self) -> bool:
        """Whether the camera has looked elsewhere for a while."""
        return self._turned.is_on

    def step(self, small: NDArray[np.uint8], at_s: float) -> None:
        """The next frame that shows something; small: as `helmet_service.watch.view.thumbnail` makes it."""
        if at_s - self._looked_s < _LOOK_S:
            return
        self._looked_s, view = at_s, view_of(small)
        if not self._usual.is_known:
            self._usual.add(view, at_s)
        elif has_structure(view) or not is_dark(small):  # at night without a lamp nothing tells where a camera looks
            self._compare(view, at_s)

    def _compare(self, view: View, at_s: float) -> None:
        is_new = not is_sharp(self._usual.view, view) or likeness(self._usual.view, view) < 1.0
        self._turned.step(at_s, seen=is_new)
        (self._new if is_new else self._usual).add(view, at_s)
        if not is_new and not self._turned.is_on:
            self._new = _MeanView()
        if self._turned.is_on and at_s - self._new.began_s >= _NEW_S and self._new.is_known:
            self._adopt()

    def _adopt(self) -> None:
        """Make a new view the usual one; never that of a covered or defocused lens."""
        if is_sharp(self._usual.view, self._new.view):
            self._usual, self._new, self._turned = self._new, _MeanView(), _turned()


class _MeanView:
    """Of many frames, so that people and vehicles vanish; the latest weigh most."""

    def __init__(self) -> None:
        self.view = View(np.zeros((), np.complex64), 0.0)
        self.began_s = self._added_s = 0.0
        self._count = 0

    @property
    def is_known(self) -> bool:
        return self._count >= _FIRST_VIEWS and has_structure(self.view)

    def add(self, view: View, at_s: float) -> None:
        if not self._count:
            self.began_s = self._added_s = at_s
        weight = max(1 / (self._count + 1), -math.expm1((self._added_s - at_s) / _FOLLOW_S))
        edges = (1 - weight) * self.view.edges + weight * view.edges
        sharpness = (1 - weight) * self.view.sharpness + weight * view.sharpness
        self.view = View(edges.astype(np.complex64), sharpness)
        self._count, self._added_s = self._count + 1, at_s


def _turned() -> Latch:
    return Latch(on_s=_TURNED_S, on_steps=_FIRST_VIEWS, off_s=10.0, off_steps=3)
