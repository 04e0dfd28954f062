from __future__ import annotations

from itertools import islice

import numpy as np

from benchmarks.paths import HEIGHT, WIDTH, scene
from tests.pose.people import standing

METRE = 6.0  # of the made-up person's tenths of a height
SHAPES = [standing(0, -0.3, 1 / METRE).astype(float)] * 10


def test_a_seed_walks_the_same_paths_at_every_frame_rate():
    slow, fast = (list(islice(scene(SHAPES, rate, seed=3), 8 * rate)) for rate in (1, 2))
    assert [moment.truth for moment in slow] == [moment.truth for moment in fast[::2]]
    clean = [{each.owner: each.clean for each in moment.seen if each.owner >= 0} for moment in (slow[5], fast[10])]
    for owner in clean[0].keys() & clean[1].keys():
        assert np.array_equal(clean[0][owner], clean[1][owner])


def test_who_is_found_is_in_the_picture_or_a_ghost():
    for moment in islice(scene(SHAPES, 2, seed=1), 20):
        assert {each.owner for each in moment.seen} <= {*moment.truth, -1}
        for each in moment.seen:
            x, y = each.person.outline.mean(axis=0)
            assert -100 < x < WIDTH + 100
            assert -100 < y < HEIGHT + 100
