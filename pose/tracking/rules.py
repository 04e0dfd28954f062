"""Every threshold of tracking, with its unit and its source.

A size is a person's own (`likeness.size_of`), about a metre of a whole person: the square root of an outline of 1.7 m
by 0.6 m. `python -m benchmarks.tracking` measures what these numbers do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmoothingRules:
    """The one-euro filter of keypoints (Casiez, Roussel & Vogel, CHI 2012).

    least_cutoff: of a point at rest, in Hz; the lower, the less it trembles. speed_gain: Hz more for each size a second
    that the point moves; the higher, the less it lags. speed_cutoff: of the speed itself, in Hz; the paper's.
    """

    least_cutoff: float = 2.0
    speed_gain: float = 5.0
    speed_cutoff: float = 1.0


@dataclass(frozen=True, slots=True)
class TrackingRules:
    """How people are kept apart over frames.

    gap_s: how long somebody may be unseen, in seconds. A tenth more than two seconds, for frames that come late.
    most_tracks: how many are remembered; those unseen for longest are forgotten first. More than any picture shows.
    least_likeness: below it, a person is not the track's.
    start_speed: what is assumed of a new track, in sizes a second; people walk at 1.4 m/s.
    turning: how fast velocities change, as the standard deviation after a second, in sizes a second.
    place_noise: of a found person, as a standard deviation in sizes.
    smoothing: of the keypoints.
    """

    gap_s: float = 2.1
    most_tracks: int = 512
    least_likeness: float = 0.2
    start_speed: float = 1.0
    turning: float = 0.7
    place_noise: float = 0.03
    smoothing: SmoothingRules = SmoothingRules()
