"""The pictures that both sides get, and the skeletons that both find in them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.baseline.grouping import group, maps_of
from benchmarks.baseline.network_input import placed
from benchmarks.crowds import crowd_request
from pose import Estimator

PEOPLE: Final = (1, 5, 20, 50)
KILOBYTES: Final = 98


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """A picture of `people` people.

    request: the JSON of `POST /`, form A. file: the picture's bytes in it. pixels: (H, W, 3) uint8 BGR. skeletons:
    (people, 18, 3) in the picture's pixels, as the shipped network finds them.
    """

    people: int
    request: bytes
    file: bytes
    pixels: NDArray[np.uint8]
    skeletons: NDArray[np.float32]

    def maps(self) -> NDArray[np.float32]:
        """The maps of a perfect network for the ancestor; RuntimeError unless its grouping finds everybody in them."""
        where = placed(self.pixels.shape[1], self.pixels.shape[0])
        people = [where.to_input(skeleton) for skeleton in self.skeletons]
        maps = maps_of(people, height=where.height, width=where.width)
        if len(found := group(maps)) != self.people:
            raise RuntimeError(f"the ancestor's grouping: expected {self.people} people, got {len(found)}")
        return maps


def crowd(people: int, estimator: Estimator) -> Crowd:
    """A picture of 1, 5, 20 or 50 people; RuntimeError unless the estimator finds all of them and no others."""
    asked = json.loads(crowd_request(people, KILOBYTES))
    file = base64.b64decode(asked["picture"])
    pixels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    found = estimator(pixels).people
    if len(found) != people:
        raise RuntimeError(f"the estimator at height {estimator.height}: expected {people} people, got {len(found)}")
    request = json.dumps({"img": [asked["picture"]], "hat_location": asked["hats"]}).encode()
    return Crowd(people, request, file, pixels, np.array([person.keypoints for person in found]))
