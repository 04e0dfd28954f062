from __future__ import annotations

import numpy as np

from benchmarks.harder_views import TURNS, geometry_alone
from helmet_service.bench.scenes import Scene
from pose import Estimate
from tests.helmet_service.verdicts.scenes import worker


def test_geometry_judges_turned_people_as_upright_ones():
    heads = np.array([(180, 176, 40, 42), (480, 176, 40, 42)], float)
    scene = Scene("one", np.zeros((480, 720, 3), np.uint8), heads, np.array([True, False]), np.zeros((0, 4)))
    found = Estimate((worker(200, 200), worker(500, 200)), 1.0, {})
    results = geometry_alone(lambda _: found, [scene])
    assert len(results) == len(TURNS)
    for (picture,) in results.values():
        assert [(outcome.verdict.status, outcome.right) for outcome in picture.outcomes] == [
            ("helmet", True),
            ("no_helmet", True),
        ]
