import pytest
import torch

from pose.__main__ import main
from pose.train.loop.recording.nonfinite import NonFiniteError
from tests.pose.train.loop.tiny_task import REBUILD, batches, loss, train


def poisoned(step):
    batch = batches(step)
    if step == 2:
        batch["picture"][1, 0, 3, 5] = float("nan")
    return batch


@pytest.fixture
def stopped(tmp_path):
    """The file of a run that met a NaN in its third batch."""
    with pytest.raises(NonFiniteError):
        train(tmp_path, poisoned, steps=5)
    return tmp_path / "nonfinite-00000002-0.pt"


def test_a_nan_in_a_batch_stops_the_run_and_the_message_says_how_to_replay(tmp_path):
    with pytest.raises(NonFiniteError) as error:
        train(tmp_path, poisoned, steps=5)
    said = str(error.value)
    assert said.startswith("step 2, process 0: expected finite losses and gradients, got loss = nan, near = nan")
    assert said.endswith(f"python -m pose replay {tmp_path}/nonfinite-00000002-0.pt")


def test_batch_weights_and_optimizer_are_those_before_the_step(tmp_path, stopped):
    kept = torch.load(stopped)
    torch.testing.assert_close(kept["batch"]["picture"], poisoned(2)["picture"], equal_nan=True)
    two = train(tmp_path / "two", steps=2, minutes=None)
    assert set(kept["network"]) == set(two.state_dict())
    assert all(parameter.isfinite().all() for name, parameter in kept["network"].items() if "running" not in name)
    assert kept["optimizer"]["state"][0]["step"] == 2


def test_replay_finds_the_first_of_everything_that_is_not_finite(capsys, stopped):
    assert main(["replay", str(stopped)]) == 0
    lines = capsys.readouterr().out.splitlines()

    def below(title):
        return lines[lines.index(f"{title}: not finite, the first one:") + 1]

    assert lines[0] == "step 2 of process 0 (f32, cpu), now on cpu"
    assert below("batch") == "  picture (4, 1, 8, 8): 1 NaN, 0 infinite, first at (1, 0, 3, 5)"
    assert lines[lines.index(below("batch")) + 1] == "weights: all finite"
    assert below("outputs of layers").startswith("  0 Conv2d (4, 4, 8, 8): 36 NaN")
    assert below("losses").startswith("  loss (): 1 NaN")
    assert lines[lines.index(below("losses")) + 1] == "  and 2 after it"
    assert below("gradients").startswith("  4.")
    assert any(line.startswith("backward pass: Function") for line in lines)


def test_replay_says_when_weights_overflow_where_the_batch_is_sound(tmp_path, capsys):
    def overflowing(network, batch):
        return {"loss": loss(network, batch)["loss"] * 1e38 * 1e38}

    with pytest.raises(NonFiniteError, match="got loss = inf"):
        train(tmp_path, loss=overflowing, steps=5)
    assert main(["replay", str(tmp_path / "nonfinite-00000000-0.pt")]) == 0
    assert "batch: all finite" in capsys.readouterr().out


@pytest.mark.parametrize(
    "builder", ["tests.pose.train.loop.tiny_task:nothing", "no.such.module:rebuild", "rebuild", ""]
)
def test_a_builder_that_is_not_there_is_named(stopped, capsys, builder):
    torch.save({**torch.load(stopped), "builder": builder}, stopped)
    assert main(["replay", str(stopped)]) == 1
    assert f"builder: expected module:function, got {builder}" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "got"), [(b"", "EOFError"), (b"no zip", "Unsupported operand 110")])
def test_a_file_of_another_kind_is_refused(tmp_path, capsys, content, got):
    (tmp_path / "file.pt").write_bytes(content)
    assert main(["replay", str(tmp_path / "file.pt")]) == 1
    said = f"error: {tmp_path / 'file.pt'}: expected a nonfinite-*.pt of a training run, got {got}\n"
    assert capsys.readouterr().err == said


def test_the_builder_of_the_file_is_the_runs(stopped):
    kept = torch.load(stopped)
    assert (kept["builder"], kept["configuration"]) == (REBUILD.builder, REBUILD.configuration)
