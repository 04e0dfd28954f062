from dataclasses import replace

import pytest

from benchmarks.grouping import AP_LOSS, STEPS, Score, best, search, table
from pose.estimation.decode import Grouping

START = Grouping(smoothing=0.7, peak=0.08, limb=0.05, limb_share=0.8, keypoints=3, headless_keypoints=8, person=0.2)
WANTED = replace(START, smoothing=1.0, peak=0.04, limb=0.03, limb_share=0.9, keypoints=5, person=0.08)


def as_far_from_wanted(grouping):
    """One less found for each threshold that is not as wanted."""
    wrong = sum(getattr(grouping, name) != getattr(WANTED, name) for name in STEPS)
    return Score(90.0 - wrong, 90.0 - wrong, 40.0)


def test_the_search_ends_where_no_threshold_alone_finds_more():
    assert best(search(START, as_far_from_wanted)) == WANTED


def test_a_search_that_finds_nothing_better_stays_where_it_began():
    tried = search(START, lambda _: Score(90.0, 90.0, 40.0))
    assert best(tried) == START
    assert next(iter(tried)) == START


@pytest.mark.parametrize(("ap", "wins"), [(40.0 - 0.9 * AP_LOSS, True), (40.0 - 1.1 * AP_LOSS, False)])
def test_more_heads_may_cost_a_little_ap_and_no_more(ap, wins):
    tried = {START: Score(80.0, 80.0, 40.0), WANTED: Score(79.0, 85.0, ap)}
    assert (best(tried) == WANTED) is wins


def test_the_table_tells_what_each_grouping_changes():
    rows = table({START: Score(80.0, 70.0, 40.0), replace(START, peak=0.05): Score(81.0, 70.0, 39.9)}).splitlines()
    assert rows[2:] == ["| as it was | 80.0 | 70.0 | 40.0 |", "| peak 0.05 | 81.0 | 70.0 | 39.9 |"]
