"""Every threshold of tracking, with its unit and its source.

A size is a person's own (`shapes.shape_of`), about a metre of a whole person. Where nothing else is said, numbers were
chosen by `python -m benchmarks.tracking --choose`, on paths made from skeletons of train-coco-0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmoothingRules:
    """The one-euro filter of keypoints (Casiez, Roussel & Vogel, CHI 2012).

    least_cutoff: of a point at rest, in Hz; the lower, the less it trembles. speed_gain: Hz more for each size a second
    that the point moves; the higher, the less it lags. speed_cutoff: of the speed itself, in Hz; the paper's.
    """

    least_cutoff: float = 1.0
    speed_gain: float = 3.0
    speed_cutoff: float = 1.0


@dataclass(frozen=True, slots=True)
class TrackingRules:
    """How people are kept apart over frames.

    gap_s: how long somebody may be unseen, in seconds. A tenth more than two seconds, for frames that come late.
    most_tracks: how many are remembered; those unseen for longest are forgotten first. More than any picture shows.
    speed: the standard deviation of people's velocities in each direction, in sizes a second. They walk at 1.4 m/s.
    steady_s: how long they keep a velocity: after this time 1/e of it is left, in seconds.
    place_noise: the standard deviation of a found person's place, in sizes.
    box_noise: the same of the middle of its box, where the keypoints seen before and now are different ones.
    shape_weight: how much the squared errors of a pose count, in those of object keypoint similarity.
    worst_keypoint: where these errors end: a wild keypoint says no more.
    newcomers: how many people appear anew a frame, on the area of a squared size. Whoever is less likely to be somebody
    seen before is one of them.
    """

    gap_s: float = 2.1
    most_tracks: int = 512
    speed: float = 1.0
    steady_s: float = 2.0
    place_noise: float = 0.03
    box_noise: float = 0.3
    shape_weight: float = 2.0
    worst_keypoint: float = 9.0
    newcomers: float = 0.0004
    smoothing: SmoothingRules = SmoothingRules()
