from copy import deepcopy

import pytest
import torch
from torch import nn

from pose.train.loop.average import averaged
from pose.train.loop.config import LoopConfig
from pose.train.loop.distributed import Processes
from pose.train.loop.optimizers import build_optimizer
from pose.train.loop.trainer import Trainer
from tests.pose.train.loop.tiny_task import REBUILD, batches, loss, rebuild


def test_the_average_starts_at_the_weights_and_its_decay_warms_up():
    network = nn.Linear(1, 1, bias=False)
    average = averaged(network, decay=0.25)
    expected = None
    for step, weight in enumerate((1.0, 2.0, 3.0, 4.0, 5.0)):
        nn.init.constant_(network.weight, weight)
        average.update_parameters(network)
        decay = min(0.25, (1 + step) / (10 + step))
        expected = weight if expected is None else decay * expected + (1 - decay) * weight
        assert average.module.weight.item() == pytest.approx(expected)


def test_the_average_takes_means_of_statistics_and_copies_counters():
    network = nn.BatchNorm1d(1)
    average = averaged(network, decay=0.5)
    average.update_parameters(network)
    network(torch.tensor([[2.0], [4.0]]))
    average.update_parameters(network)
    assert average.module.num_batches_tracked == 1
    assert 0 < average.module.running_mean < network.running_mean


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_biases_and_normalisation_have_no_weight_decay(name):
    network, _ = rebuild(REBUILD.configuration)
    optimizer = build_optimizer(LoopConfig(optimizer=name, weight_decay=0.3), network)
    decay = {id(tensor): group["weight_decay"] for group in optimizer.param_groups for tensor in group["params"]}
    expected = {"0.weight": 0.3, "0.bias": 0.0, "1.weight": 0.0, "1.bias": 0.0, "4.weight": 0.3, "4.bias": 0.0}
    assert {key: decay[id(tensor)] for key, tensor in network.named_parameters()} == expected


def test_frozen_parameters_stay_as_they_are():
    network, _ = rebuild(REBUILD.configuration)
    network[0].requires_grad_(False)
    before = [tensor.clone() for tensor in network.parameters()]
    trainer = Trainer(LoopConfig(steps=1), network, loss, Processes())
    trainer.start(None)
    trainer.advance(batches(0), 0.1)
    moved = [not torch.equal(one, other) for one, other in zip(before, network.parameters(), strict=True)]
    assert moved == [False, False, True, True, True, True]


def test_gradients_are_clipped_and_the_norm_before_is_told():
    network, _ = rebuild(REBUILD.configuration)
    trainer = Trainer(LoopConfig(steps=1, clip_norm=0.01), network, loss, Processes())
    trainer.start(None)
    outcome = trainer.advance(batches(0), 0.1)
    clipped = torch.cat([parameter.grad.flatten() for parameter in network.parameters()]).norm().item()
    assert clipped == pytest.approx(0.01, rel=1e-3)
    assert outcome.gradient_norm > 0.1


def test_torchrun_tells_a_process_which_it_is():
    environment = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}
    assert Processes.from_environment(environment) == Processes(rank=3, world=4, local_rank=1)
    assert Processes.from_environment({}) == Processes()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_device_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"loop\.device: expected a device that PyTorch finds, got cuda"):
        Processes().device("cuda")


def test_muon_moves_all_directions_of_a_kernel_alike_and_the_rest_with_adamw():
    network, _ = rebuild(REBUILD.configuration)
    optimizer = build_optimizer(LoopConfig(optimizer="muon", weight_decay=0.0), network)
    kernel, other = network[0].weight, network[4].weight
    before, other_before = kernel.detach().clone(), other.detach().clone()
    kernel.grad, other.grad = torch.randn_like(kernel), torch.randn_like(other)
    for group in optimizer.param_groups:
        group["lr"] = 0.1
    optimizer.step()
    moved = torch.linalg.svdvals((kernel.detach() - before).flatten(1)) / (0.1 * 0.2 * 3)  # 3: the root of 9 columns
    assert ((moved > 0.5) & (moved < 1.5)).all()
    torch.testing.assert_close((other.detach() - other_before).abs(), torch.full_like(other, 0.1), rtol=1e-3, atol=0)


@pytest.mark.parametrize("kept", [True, False])
def test_muon_goes_on_from_its_state(kept):
    def started():
        network, _ = rebuild(REBUILD.configuration)
        network.eval()
        return network, build_optimizer(LoopConfig(optimizer="muon", learning_rate=0.1), network)

    def step(network, optimizer, number):
        optimizer.zero_grad()
        loss(network, batches(number))["loss"].backward()
        optimizer.step()

    whole, optimizer = started()
    step(whole, optimizer, 0)
    resumed, other = started()
    resumed.load_state_dict(whole.state_dict())
    if kept:
        other.load_state_dict(deepcopy(optimizer.state_dict()))
    step(whole, optimizer, 1)
    step(resumed, other, 1)
    apart = max(
        float((a - b).detach().abs().max()) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True)
    )
    assert (apart == 0) == kept


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_a_run_goes_on_with_the_weight_decay_that_it_is_told_now(name):
    def after_two_steps(decay):
        torch.manual_seed(0)
        network, _ = rebuild(REBUILD.configuration)
        state = None
        for step, weight_decay in enumerate((0.0, decay)):
            trainer = Trainer(LoopConfig(optimizer=name, weight_decay=weight_decay), network, loss, Processes())
            trainer.start(state)
            trainer.advance(batches(step), 0.1)
            state = deepcopy(trainer.state())
        return network[0].weight, network[0].bias

    (weight, bias), (decayed, same_bias) = after_two_steps(0.0), after_two_steps(1.0)
    assert not torch.equal(weight, decayed)
    assert torch.equal(bias, same_bias), "which has no weight decay"
