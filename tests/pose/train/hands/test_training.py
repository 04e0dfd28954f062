"""A short training on made-up hands: it learns, an interrupted run ends as an uninterrupted one, a model gets it."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pose.estimation.hands import OUTPUT
from pose.estimation.model import SHIPPED, read_model, verify
from pose.runtimes.openvino import OpenVinoRuntime
from pose.train.hands.augment import plain
from pose.train.hands.measure import Seen, best_least, measure, plain_crops
from pose.train.hands.model_folder import put_into_model, write_networks
from pose.train.hands.network import SIDE, HandNetwork, ServedHands
from pose.train.hands.training import batch_of, chances, losses_of, train
from pose.train.loop.signals import StoppedError, StopRequest
from tests.pose.train.hands.made_up import made_up_patches


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """More would wait for each other longer than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_a_stopped_run_ends_as_one_that_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pose.train.hands.training.BATCH", 4)
    groups, steps = [made_up_patches()], 2
    whole = train(groups, steps, tmp_path / "whole", StopRequest())
    with pytest.raises(StoppedError, match="after 1 of 2 steps"):
        train(groups, steps, tmp_path / "stopped", StopRequest(signal.SIGTERM))
    with pytest.raises(ValueError, match="expected a checkpoint of these pictures, steps and start"):
        train(groups, 3, tmp_path / "stopped", StopRequest())
    resumed = train(groups, steps, tmp_path / "stopped", StopRequest())
    for (name, one), other in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, msg=name)


@pytest.mark.slow
def test_a_network_learns_a_few_hands_by_heart():
    patches = made_up_patches()
    batch = batch_of([plain(*each) for each in zip(patches.pixels, patches.keypoints, patches.left, strict=True)])
    torch.manual_seed(0)
    network = HandNetwork().train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.003)
    for _ in range(100):
        losses = losses_of(network(batch.crops), batch)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    assert losses["points"] < 0.1, "of the hand's box"
    assert losses["hand"] < 0.1


def test_a_small_group_counts_more_than_its_number():
    large, small = made_up_patches(16), made_up_patches(4)
    drawn = chances([large, small])
    hands = np.concatenate([large.hands, small.hands])
    assert drawn.sum() == pytest.approx(1)
    assert drawn[hands].sum() == pytest.approx(0.75)
    assert drawn[32:].sum() == pytest.approx(1 / 3), "2 of 4 + 2, not 4 of 20"


@pytest.mark.parametrize("missing", [True, False])
def test_a_kind_that_no_picture_shows_is_an_error(missing: bool):
    patches = made_up_patches()
    nothing = np.full_like(patches.keypoints, np.nan)
    hands = np.where(missing, nothing, patches.keypoints[:1])
    with pytest.raises(ValueError, match=r"expected pictures that show (a|no) hand, got none"):
        chances([replace(patches, keypoints=hands)])


def test_the_measure_counts_keypoints_near_their_place():
    patches = made_up_patches()
    box = np.ptp(patches.keypoints[0], axis=0).max()
    off = np.zeros((8, 21, 2), np.float32)
    off[:, :7, 0] = 0.15 * box
    off[:, 7:14, 0] = 0.3 * box
    hand = np.float32([0.9, 0.9, 0.9, 0.2, 0.6, 0.1, 0.1, 0.1])
    seen = Seen(np.nan_to_num(patches.keypoints) + off, hand, np.float32([0.9, 0, 0, 0, 0, 0, 0, 0]))
    rows = {row["group"]: row for row in measure({"float": seen}, patches, 0.5)}
    assert rows["all"] == {
        "network": "float", "group": "all", "hands": 4, "pck_0.1": 33.33, "pck_0.2": 66.67, "side_right": 75.0,
        "found": 75.0, "ghosts": 25.0,
    }  # fmt: skip
    assert set(rows) == {"all", "clear", "over 48 px"}
    assert best_least(seen, patches) in (0.15, 0.2)


@pytest.mark.slow  # torch takes seconds to write ONNX, and NNCF to quantise
def test_a_model_gets_networks_that_answer_as_the_trained_one_does(tmp_path: Path):
    shutil.copytree(SHIPPED, tmp_path / "model")
    torch.manual_seed(0)
    network = HandNetwork().eval()
    crops = plain_crops(made_up_patches())
    write_networks(network, tmp_path, crops, lambda _: 90.0)
    facts = {
        "data": ["yard"], "teacher": "a teacher", "clear": "all", "experimental": True,
        "scores": {"yard": [{"network": "int8", "group": "all", "hands": 4, "pck_0.1": 10.0, "pck_0.2": 20.0}]},
    }  # fmt: skip
    put_into_model(tmp_path, tmp_path / "model", 0.4, facts)
    model = read_model(tmp_path / "model")
    verify(model)
    assert model.facts["hands"] == facts
    assert (model.hands.side, model.hands.least) == (SIDE, 0.4)
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "**Experimental**: a network of its own finds 21 keypoints" in card
    assert "| yard | int8 | all | 4 | 10 | 20 |" in card
    with torch.inference_mode():
        expected = ServedHands(network)(torch.from_numpy(crops)).numpy()
    for path, tolerance in ((model.hands.network, 0.01), (model.hands.int8, 0.2)):
        answer = OpenVinoRuntime(path, (OUTPUT,), precision="f32", threads=1).run(crops)
        assert answer.shape == (8, 65)
        np.testing.assert_allclose(answer, expected, atol=tolerance)
