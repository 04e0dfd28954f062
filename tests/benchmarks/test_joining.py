from __future__ import annotations

import numpy as np
import pytest

from benchmarks.joining import (
    BARS,
    EVERYBODY,
    MOST_GHOSTS,
    Seen,
    at_bar,
    coefficients,
    fit,
    found_and_ghosts,
    found_below,
)
from benchmarks.logistic import logistic
from benchmarks.tuning import KINDS, PLANT, SITE
from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture
from pose.estimation.joining import join
from pose.skeleton import HeadPeak


def test_a_logistic_regression_finds_the_odds_that_made_the_rows():
    generator = np.random.default_rng(0)
    design = np.column_stack([np.ones(20000), generator.uniform(0, 1, 20000)])
    right = generator.uniform(size=20000) < 1 / (1 + np.exp(2 - 5 * design[:, 1]))
    assert logistic(design, right.astype(float)) == pytest.approx([-2, 5], abs=0.2)


def seen(seed):
    """Pictures of a head in the middle, labelled as often as its peak's score is high."""
    generator = np.random.default_rng(seed)
    scores = generator.uniform(0.1, 1, 200)
    labelled = generator.uniform(size=200) < 1 / (1 + np.exp(6 - 12 * scores))
    labels = [{"heads": [{"box": [80, 80, 40, 40], "kind": "head"}] * int(is_one)} for is_one in labelled]
    pictures = [LabelledPicture("made-up", np.zeros((1, 1, 3), np.uint8), read_labels(each)) for each in labels]
    return Seen(pictures, [join([], [HeadPeak(100, 100, 40, 0.0, score)], EVERYBODY) for score in scores.tolist()])


def test_evidence_is_how_often_heads_of_such_scores_are_labelled():
    names = [name for kind in KINDS.values() for name in kind]
    joining = fit({name: seen(number) for number, name in enumerate(names)})
    for score in (0.3, 0.5, 0.7):
        assert joining.evidence(0.0, score) == pytest.approx(1 / (1 + np.exp(6 - 12 * score)), abs=0.1)


def test_the_bar_is_the_lowest_with_few_ghosts_on_plant_cameras():
    names = [name for kind in KINDS.values() for name in kind]
    pictures = {name: seen(number) for number, name in enumerate(names)}
    joining = fit(pictures)
    lower = BARS[BARS.index(joining.person) - 1]
    assert found_and_ghosts(pictures[PLANT], joining)[1] <= MOST_GHOSTS
    assert found_and_ghosts(pictures[PLANT], at_bar(joining, lower))[1] > MOST_GHOSTS


def test_more_ghosts_allow_for_more_heads():
    one = seen(0)
    joining = coefficients({PLANT: one, SITE: seen(1)})
    found = [found_below(one, joining, most) for most in (1, 10, 30)]
    assert found == sorted(found)
    assert found[0] < found[-1]
