from dataclasses import replace

import numpy as np
import pytest
import torch

from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint
from pose.train.networks.layout import layout
from pose.train.networks.prune import prune

OPTIONS = {"width": 12, "branch": 8, "hidden": 8, "blocks": 2}
PICTURES = [np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), np.uint8)]


@pytest.fixture
def checkpoint():
    torch.manual_seed(0)
    spec = layout(heads=True)
    weights = build("lightweight_fine", spec.channels, **OPTIONS).state_dict()
    return Checkpoint("lightweight_fine", spec, weights, OPTIONS, {"recipe": "made up", "scores": {"AP": 40.0}})


def answer(checkpoint):
    with torch.inference_mode():
        return checkpoint.build()(torch.from_numpy(PICTURES[0]).permute(0, 3, 1, 2) / 256 - 0.5)[0]


def silence(checkpoint, layers, channels):
    """The same network with channels of layers that carry nothing."""
    weights = {name: value.clone() for name, value in checkpoint.weights.items()}
    for layer in layers:
        for part in ("weight", "bias"):
            weights[f"{layer}.{part}"][channels] = 0
    return replace(checkpoint, weights=weights)


def test_what_carries_nothing_goes_and_the_answer_stays(checkpoint):
    silent = silence(checkpoint, [f"coarse.{layer}.2" for layer in range(3, 9)], [0, 5, 6, 11])
    silent = silence(silent, ("first_pafs.0.0", "first_heatmaps.0.0"), [1, 2])
    pruned = prune(silent, PICTURES, width=8, branch=6, blocks=2)
    assert pruned.options == {"width": 8, "branch": 6, "hidden": 8, "blocks": 2}
    torch.testing.assert_close(answer(pruned), answer(silent))


def test_the_first_blocks_of_the_second_stage_stay(checkpoint):
    pruned = prune(checkpoint, PICTURES, width=12, branch=8, blocks=1)
    kept = {name for name in checkpoint.weights if not name.startswith("second.1.")}
    assert pruned.weights.keys() == kept
    assert all(torch.equal(pruned.weights[name], checkpoint.weights[name]) for name in kept)


def test_scores_of_the_whole_network_are_not_the_pruned_ones(checkpoint):
    assert prune(checkpoint, PICTURES, width=4, branch=4, blocks=1).facts == {"recipe": "made up"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"width": 13}, "width: expected 1 to 12, got 13"),
        ({"branch": 0}, "branch: expected 1 to 8, got 0"),
        ({"blocks": 0}, "blocks: expected at least 1, got 0"),
        ({"blocks": 3}, "blocks: expected at most those of the network, got 3"),
    ],
)
def test_more_than_there_is_is_refused(checkpoint, asked, message):
    with pytest.raises(ValueError, match=message):
        prune(checkpoint, PICTURES, **{"width": 12, "branch": 8, "blocks": 2, **asked})


def test_another_network_is_refused(checkpoint):
    with pytest.raises(ValueError, match="checkpoint: expected the network lightweight_fine, got fpn"):
        prune(replace(checkpoint, network="fpn"), PICTURES, width=1, branch=1, blocks=1)
