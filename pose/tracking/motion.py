"""Where a person is expected: a Kalman filter (Kalman 1960) of a velocity that is kept for a while.

The velocity is a process of Uhlenbeck and Ornstein (1930): it fades as people stop and turn, so that somebody unseen
for seconds is expected near, not far beyond. Its equations hold for any time between frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pose.tracking.rules import TrackingRules

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """velocity: (2,) in pixels a second. place, both, speed: the covariance of place and velocity in each direction.

    These are in squared sizes, squared sizes a second, and squared sizes a squared second.
    """

    velocity: Array
    place: float
    both: float
    speed: float


def begun(noise: float, rules: TrackingRules) -> Motion:
    """Of somebody seen for the first time; noise: the variance of the place, in squared sizes."""
    return Motion(np.zeros(2), noise, 0.0, rules.speed**2)


def predicted(motion: Motion, wait: float, rules: TrackingRules) -> tuple[Motion, Array]:
    """The motion after so many seconds, and the way gone meanwhile, (2,) pixels."""
    steady, variance = rules.steady_s, rules.speed**2
    kept = math.exp(-wait / steady)
    reach = steady * (1 - kept)
    place = motion.place + 2 * reach * motion.both + reach**2 * motion.speed
    place += variance * (2 * steady * (wait - reach) - reach**2)
    both = kept * (motion.both + reach * motion.speed) + variance * reach * (1 - kept)
    speed = kept**2 * motion.speed + variance * (1 - kept**2)
    return Motion(motion.velocity * kept, place, both, speed), motion.velocity * reach


def corrected(motion: Motion, way: Array, noise: float) -> Motion:
    """The motion of somebody seen `way`, (2,) pixels, from where it was expected; noise: the variance of that."""
    place, both = (part / (motion.place + noise) for part in (motion.place, motion.both))
    return Motion(
        motion.velocity + both * way,
        motion.place * (1 - place),
        motion.both * (1 - place),
        motion.speed - both * motion.both,
    )
