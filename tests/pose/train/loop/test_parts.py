from copy import deepcopy

import pytest
import torch
from torch import nn

from pose.train.loop.config import LoopConfig
from pose.train.loop.distributed import Processes
from pose.train.loop.parts import freeze, parts
from pose.train.loop.trainer import Trainer
from tests.pose.train.loop.tiny_task import REBUILD, batches, loss, rebuild

OPTIMIZERS = ("adamw", "sgd", "muon")


def trained(optimizer, *sessions, steps=2):
    """The weights at the start and at the end of a run whose sessions, of so many steps each, have these factors."""
    before, state = deepcopy(rebuild(REBUILD.configuration)[0].state_dict()), None
    for factors in sessions:
        network, _ = rebuild(REBUILD.configuration)
        freeze(network, factors)
        config = LoopConfig(optimizer=optimizer, clip_norm=None)
        trainer = Trainer(config, network, loss, Processes(), factors)
        trainer.start(state)
        for _ in range(steps):
            assert trainer.advance(batches(trainer.step), 0.01).sound
        state = deepcopy(trainer.state())
    return before, state["network"]


def moved(before, after):
    """The parts of which anything moved, statistics of normalisation among it."""
    return {name.split(".")[0] for name, tensor in before.items() if not torch.equal(tensor, after[name])}


def test_parts_are_named_after_the_first_name_of_their_parameters():
    network = nn.ModuleDict({"stem": nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), "out": nn.Linear(2, 1)})
    assert {part: len(parameters) for part, parameters in parts(network).items()} == {"stem": 4, "out": 2}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("factors", "expected"),
    [({}, {"0", "1", "4"}), ({"0": 0, "1": 0}, {"4"}), ({"1": 0, "4": 0.5}, {"0", "4"}), ({"0": 0.0, "4": 0}, {"1"})],
)
def test_frozen_parts_are_equal_to_the_last_bit(optimizer, factors, expected):
    assert moved(*trained(optimizer, factors)) == expected


def one_step(optimizer, factors):
    """How far one step at a rate of 0.1 moves each parameter."""
    network, _ = rebuild(REBUILD.configuration)
    before = [parameter.detach().clone() for parameter in network.parameters()]
    trainer = Trainer(LoopConfig(optimizer=optimizer, weight_decay=0.3), network, loss, Processes(), factors)
    trainer.start(None)
    trainer.advance(batches(0), 0.1)
    return {
        name: parameter.detach() - old
        for (name, parameter), old in zip(network.named_parameters(), before, strict=True)
    }


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_part_at_a_tenth_of_the_rate_moves_a_tenth_as_far(optimizer):
    usual, slow = one_step(optimizer, {}), one_step(optimizer, {"0": 0.1, "4": 0.5})
    for name, way in usual.items():
        factor = {"0": 0.1, "4": 0.5}.get(name[0], 1.0)
        torch.testing.assert_close(slow[name], factor * way, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_with_factors_goes_on_as_if_nothing_had_happened(optimizer):
    factors = {"0": 0.1, "1": 0}
    resumed, whole = trained(optimizer, factors, factors)[1], trained(optimizer, factors, steps=4)[1]
    assert moved(whole, resumed) == set()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_with_the_factors_that_it_is_told_now(optimizer):
    frozen_first = {"0": 0, "1": 0.1}
    before, after = trained(optimizer, frozen_first, frozen_first, {"4": 0})
    assert moved(before, after) == {"0", "1", "4"}
    assert torch.equal(after["4.weight"], trained(optimizer, frozen_first, frozen_first)[1]["4.weight"])


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"trunk": 0.1}, r"network\.learning_rates: expected some of 0, 1, 4, got trunk"),
        ({"0": -0.1}, r"network\.learning_rates\.0: expected a factor of at least 0, got -0\.1"),
        ({"0": float("nan")}, r"network\.learning_rates\.0: expected a factor of at least 0, got nan"),
        ({"0": 0, "1": 0, "4": 0}, r"network\.learning_rates: expected a factor above 0 for some part, got 0 for all"),
    ],
)
def test_factors_that_cannot_be_are_refused(factors, message):
    with pytest.raises(ValueError, match=message):
        freeze(rebuild(REBUILD.configuration)[0], factors)
