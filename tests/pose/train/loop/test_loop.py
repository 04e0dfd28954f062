import math
import os
import signal
from multiprocessing import get_context

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from pose.errors import PoseError
from pose.train.loop.config import LoopConfig
from pose.train.loop.loop import run
from pose.train.loop.recording.recorder import Callbacks
from pose.train.loop.recording.run_folder import RunFolder
from pose.train.loop.signals import StoppedError
from tests.pose.train.loop.tiny_task import CALLBACKS, REBUILD, TWELVE, batches, loss, rebuild, save, signalled, train
from tests.pose.train.loop.two_processes import LEARNING_RATE, train_by_two


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of twelve steps that nothing interrupted: its folder and the weights at its end."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, train(folder, **TWELVE).state_dict()


def losses(folder):
    return [(row["step"], row["losses"]) for row in RunFolder(folder).read_curves() if "losses" in row]


def assert_same_run(folder, weights, whole):
    assert losses(folder) == losses(whole[0])
    assert all(torch.equal(tensor, whole[1][name]) for name, tensor in weights.items())
    ours, theirs = (torch.load(path / "state.pt")["average"] for path in (folder, whole[0]))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_loss_falls_and_every_step_has_its_row(tmp_path):
    train(tmp_path, steps=60, learning_rate=0.1, warm_up_steps=5, log_steps=20)
    rows = RunFolder(tmp_path).read_curves()
    assert [row["step"] for row in rows] == [20, 40, 60]
    assert set(rows[0]) == {"step", "minutes", "losses", "learning_rate", "gradient_norm", "pictures_per_second"}
    assert set(rows[0]["losses"]) == {"loss", "near", "far"}
    assert rows[-1]["losses"]["loss"] < 0.5 * rows[0]["losses"]["loss"]


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path, whole):
    other = get_context("fork").Process(target=train, args=(tmp_path, signalled(6, signal.SIGKILL)), kwargs=TWELVE)
    other.start()
    other.join()
    assert other.exitcode == -signal.SIGKILL
    assert [step for step, _ in losses(tmp_path)] == [1, 2, 3, 4, 5, 6]
    assert torch.load(tmp_path / "state.pt")["step"] == 4
    assert_same_run(tmp_path, train(tmp_path, **TWELVE).state_dict(), whole)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_the_state_and_says_how_to_go_on(tmp_path, whole, number, status):
    handler = signal.getsignal(number)
    with pytest.raises(
        StoppedError, match=r"after step 6; the state is saved, and the same command continues"
    ) as stopped:
        train(tmp_path, signalled(5, number), **TWELVE)
    assert stopped.value.status == status
    assert signal.getsignal(number) is handler
    assert_same_run(tmp_path, train(tmp_path, **TWELVE).state_dict(), whole)


def test_background_processes_make_the_same_run(tmp_path, whole):
    assert_same_run(tmp_path, train(tmp_path, workers=2, **TWELVE).state_dict(), whole)


def test_what_background_processes_prepare_is_finished_in_this_one(tmp_path, whole):
    network, _ = rebuild(REBUILD.configuration)
    config, here = LoopConfig(workers=2, **TWELVE), os.getpid()

    def finish(prepared):
        step, process = prepared
        assert process != here == os.getpid()
        return batches(step)

    run(config, network, lambda step: (step, os.getpid()), loss, tmp_path, REBUILD, CALLBACKS, finish=finish)
    assert_same_run(tmp_path, network.state_dict(), whole)


def test_a_complete_run_is_left_as_it_is(tmp_path, whole):
    before = (whole[0] / "state.pt").read_bytes(), losses(whole[0])
    train(whole[0], **TWELVE)
    assert ((whole[0] / "state.pt").read_bytes(), losses(whole[0])) == before


def test_the_state_of_another_network_is_refused(whole):
    with pytest.raises(PoseError, match=r"state\.pt: expected the state of this network and optimizer, got"):
        run(LoopConfig(**TWELVE), nn.Sequential(nn.Conv2d(1, 1, 1)), batches, loss, whole[0], REBUILD, CALLBACKS)


def test_a_damaged_state_is_refused(tmp_path):
    (tmp_path / "state.pt").write_bytes(b"no zip")
    with pytest.raises(PoseError, match=r"state\.pt: expected the state of a training run"):
        train(tmp_path, **TWELVE)


@pytest.mark.parametrize(
    ("given", "got"), [({}, "neither"), ({"steps": 1, "minutes": 1.0}, "both")], ids=["neither", "both"]
)
def test_a_run_ends_by_steps_or_by_minutes(tmp_path, given, got):
    with pytest.raises(ValueError, match=f"steps, loop.minutes: expected one of them, got {got}"):
        train(tmp_path, **given)


def test_the_clock_ends_a_run_of_minutes_and_steers_its_learning_rate(tmp_path):
    train(tmp_path, minutes=0.003, log_steps=1, warm_up_steps=0)
    rows = [row for row in RunFolder(tmp_path).read_curves() if "losses" in row]
    rates = [row["learning_rate"] for row in rows]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < rates[0] <= 1e-3
    assert rows[-1]["step"] == torch.load(tmp_path / "state.pt")["step"]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_autocast_trains_in_the_type_that_was_asked_for(tmp_path, precision):
    seen = set()

    def watched(network, batch):
        seen.add(network[0](batch["picture"]).dtype)
        return loss(network, batch)

    train(tmp_path, loss=watched, precision=precision, steps=3, log_steps=1)
    assert seen == {{"bf16": torch.bfloat16, "fp16": torch.float16}[precision]}
    assert all(math.isfinite(row["loss"]) for _, row in losses(tmp_path))


def test_an_overflow_of_fp16_lowers_the_scale_and_is_no_reason_to_stop(tmp_path):
    def steep(network, batch):
        return {name: 1e4 * value for name, value in loss(network, batch).items()}

    train(tmp_path, loss=steep, precision="fp16", steps=12, log_steps=1)
    assert torch.load(tmp_path / "state.pt")["scaler"]["scale"] < 2**16
    first, *_, last = [row for _, row in losses(tmp_path)]
    assert first["loss"] != last["loss"]


def test_the_newest_checkpoints_and_the_best_are_kept(tmp_path):
    scores = {4: 1.0, 8: 3.0, 12: 2.0}
    left = iter(scores.values())

    def save(network, path, scores):
        torch.save({"weights": network.state_dict(), "scores": scores, "training": network.training}, path)

    callbacks = Callbacks(evaluate=lambda _: {"AP": next(left)}, save=save, best="AP")
    network = train(tmp_path, callbacks=callbacks, **(TWELVE | {"evaluate_steps": 4, "save_steps": 2, "keep": 3}))
    names = sorted(path.name for path in tmp_path.glob("*.pt"))
    steps = ["checkpoint-00000008.pt", "checkpoint-00000010.pt", "checkpoint-00000012.pt"]
    assert names == ["best.pt", *steps, "state.pt"]
    best, ten, last = (torch.load(tmp_path / name) for name in ("best.pt", steps[1], steps[2]))
    assert (best["scores"], ten["scores"], last["scores"]) == ({"AP": 3.0}, {}, {"AP": 2.0})
    assert not best["training"]
    assert not torch.equal(last["weights"]["0.weight"], network[0].weight)  # the average, not the last weights
    rows = [row for row in RunFolder(tmp_path).read_curves() if "scores" in row]
    assert {row["step"]: row["scores"]["AP"] for row in rows} == scores


def test_tensorboard_has_scalars_and_pictures(tmp_path):
    def show(network, batch):
        with torch.no_grad():
            grey = (255 * network(batch["picture"])[0, 0].clamp(0, 1)).byte().numpy()
        return {"predicted": grey[..., None].repeat(3, axis=-1)}

    callbacks = Callbacks(save=save, evaluate=lambda _: {"AP": 1.0}, show=show)
    train(tmp_path, callbacks=callbacks, steps=4, log_steps=2)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert {"losses/loss", "losses/near", "run/learning_rate", "run/gradient_norm", "scores/AP"} <= set(
        events.Tags()["scalars"]
    )
    assert [event.step for event in events.Scalars("losses/loss")] == [2, 4]
    picture = events.Images("predicted")[0]
    assert (picture.step, picture.width, picture.height) == (4, 8, 8)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """What two processes left (two_processes.py)."""
    folder = tmp_path_factory.mktemp("pair")
    train_by_two(folder)
    return folder


def test_two_processes_end_with_the_same_weights(pair):
    first, second = (torch.load(pair / f"end-{rank}.pt") for rank in (0, 1))
    trained = [name for name, _ in rebuild(REBUILD.configuration)[0].named_parameters()]
    assert all(torch.equal(first[name], second[name]) for name in trained)


def test_two_processes_step_along_the_mean_of_their_gradients(pair):
    networks = [rebuild(REBUILD.configuration)[0] for _ in (0, 1)]
    values = []
    for rank, network in enumerate(networks):
        network.to(memory_format=torch.channels_last)  # dropout draws in the order of memory
        torch.manual_seed(rank)
        value = loss(network, batches(0, rank))["loss"]
        value.backward()
        values.append(value.item())
    after = torch.load(pair / "sound" / "checkpoint-00000001.pt")
    for (name, one), other in zip(networks[0].named_parameters(), networks[1].parameters(), strict=True):
        step = one.detach() - after[name]
        torch.testing.assert_close(step, LEARNING_RATE * (one.grad + other.grad) / 2, msg=name)
    assert losses(pair / "sound")[0][1]["loss"] == pytest.approx(sum(values) / 2)


def test_a_loss_that_one_process_finds_not_finite_stops_both(pair):
    said = [(pair / f"error-{rank}.txt").read_text() for rank in (0, 1)]
    assert [path.name for path in (pair / "unsound").glob("nonfinite-*")] == ["nonfinite-00000002-1.pt"]
    assert "the file of another process" in said[0]
    assert said[1].endswith(f"python -m pose replay {pair}/unsound/nonfinite-00000002-1.pt")
