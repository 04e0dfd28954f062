from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from pose.estimation.model import read_model
from pose.runtimes import open_runtime
from pose.runtimes.batching import Batching


class Means:
    """Answers the mean of each picture; black pictures are more than it can bear.

    Where `hold` is asked for, each run waits until it may go.
    """

    precision, device = "f32", "cuda:0"

    def __init__(self, *, hold: bool = False) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.entered = threading.Event()
        self.may_go = threading.Event()
        if not hold:
            self.may_go.set()

    def run(self, batch: np.ndarray) -> np.ndarray:
        self.shapes.append(batch.shape)
        self.entered.set()
        assert self.may_go.wait(60)
        means = batch.mean(axis=(1, 2, 3), dtype=np.float32)
        if not means.all():
            raise ValueError("a black picture")
        return means[:, None, None, None]


def grey(level: int, count: int = 1, width: int = 4) -> np.ndarray:
    return np.full((count, 2, width, 3), level, np.uint8)


def run_while_busy(most: int, *batches: np.ndarray) -> tuple[Means, list[Future[np.ndarray]]]:
    """The first batch runs until all the others have queued, in their order."""
    means = Means(hold=True)
    batching = Batching(means, most)
    with ThreadPoolExecutor(len(batches)) as pool:
        answers = []
        for index, batch in enumerate(batches):
            answers.append(pool.submit(batching.run, batch))
            until(means.entered.is_set if index == 0 else lambda queued=index: len(batching._waiting) == queued)
        means.may_go.set()
    return means, answers


def until(reached: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < ends


def test_it_is_where_its_network_is():
    batching = Batching(Means(), 8)
    assert (batching.precision, batching.device) == ("f32", "cuda:0")


def test_what_queued_during_a_run_goes_together():
    means, answers = run_while_busy(8, *(grey(level) for level in (10, 20, 30, 40)))
    assert means.shapes == [(1, 2, 4, 3), (3, 2, 4, 3)]
    assert [answer.result().item() for answer in answers] == [10, 20, 30, 40]


def test_nobody_waits_for_company():
    means = Means()
    batching = Batching(means, 8)
    assert [batching.run(grey(level)).item() for level in (10, 20)] == [10, 20]
    assert len(means.shapes) == 2


def test_a_run_has_at_most_so_many_pictures_and_a_larger_call_runs_alone():
    means, answers = run_while_busy(2, grey(1), grey(2), grey(3, count=3), grey(4), grey(5), grey(6))
    assert [shape[0] for shape in means.shapes] == [1, 2, 3, 2]
    assert [answer.result().ravel().tolist() for answer in answers] == [[1], [2], [3, 3, 3], [4], [5], [6]]


def test_pictures_of_different_shapes_do_not_meet():
    means, answers = run_while_busy(8, grey(1), grey(2), grey(3, width=8), grey(4), grey(5, width=8))
    assert means.shapes == [(1, 2, 4, 3), (2, 2, 4, 3), (2, 2, 8, 3)]
    assert [answer.result().item() for answer in answers] == [1, 2, 3, 4, 5]


def test_a_failing_run_fails_its_callers_and_no_others():
    _, answers = run_while_busy(8, grey(1), grey(2), grey(0), grey(3, width=8))
    for answer in answers[1:3]:
        with pytest.raises(ValueError, match="a black picture"):
            answer.result()
    assert [answers[0].result().item(), answers[3].result().item()] == [1, 3]


def test_many_threads_get_each_their_own():
    batching = Batching(Means(), 4)
    levels = [1 + index % 255 for index in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda level: batching.run(grey(level, width=4 + level % 3)).item(), levels)
        assert list(answers) == levels


def test_a_network_answers_joined_pictures_as_it_does_single_ones(root):
    model = read_model(root / "model")
    network = open_runtime("onnx", model.network, model.decoder.layout, precision="f32", threads=1)
    batching = Batching(network, 4)
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (1, 64, 64 + 32 * (index % 2), 3), np.uint8) for index in range(10)]
    with ThreadPoolExecutor(5) as pool:
        joined = list(pool.map(batching.run, pictures))
    for picture, fields in zip(pictures, joined, strict=True):
        np.testing.assert_allclose(fields, network.run(picture), atol=1e-3)
    assert batching.precision == "f32"
