import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint, CheckpointError, load_checkpoint, load_matching, save_checkpoint
from pose.train.networks.layout import layout

OPTIONS = {"widths": [4, 8, 8, 8, 8], "blocks": [1, 1, 1, 1], "neck": 8, "head": 8}


@pytest.fixture
def checkpoint():
    torch.manual_seed(0)
    fields = layout(heads=True)
    weights = build("fpn", fields.channels, **OPTIONS).state_dict()
    return Checkpoint("fpn", fields, weights, OPTIONS, {"recipe": {"steps": 3}, "scores": {"AP": 1.5}})


def test_a_checkpoint_is_read_as_it_was_written(tmp_path, checkpoint):
    save_checkpoint(tmp_path / "new" / "best.pt", checkpoint)
    read = load_checkpoint(tmp_path / "new" / "best.pt")
    assert (read.network, read.options, read.layout) == ("fpn", OPTIONS, checkpoint.layout)
    assert read.facts == checkpoint.facts
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["best.pt"]
    picture = torch.rand(1, 3, 32, 32)
    network = read.build()
    assert not network.training
    torch.testing.assert_close(network(picture), checkpoint.build()(picture), rtol=0, atol=0)


@pytest.mark.parametrize(("rows", "heads"), [(57, None), (59, 57), (62, 57)])
def test_a_bare_state_dict_of_fpn_is_read(tmp_path, rows, heads):
    weights = {name: value.half() for name, value in build("fpn", rows).state_dict().items()}
    torch.save(weights, tmp_path / "weights.pt")
    checkpoint = load_checkpoint(tmp_path / "weights.pt")
    assert (checkpoint.network, checkpoint.layout.helmeted_heads) == ("fpn", heads)
    network = checkpoint.build()
    assert network.state_dict()["out.weight"].shape[0] == rows
    assert network.state_dict()["out.weight"].dtype == torch.float32


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_names_that_wrappers_put_before_weights_are_taken_off(tmp_path, checkpoint, prefix):
    def wrapped(weights):
        return {f"{prefix}{name}": value for name, value in weights.items()}

    save_checkpoint(tmp_path / "best.pt", replace(checkpoint, weights=wrapped(checkpoint.weights)))
    assert load_checkpoint(tmp_path / "best.pt").weights.keys() == checkpoint.weights.keys()
    averaged = {"n_averaged": torch.tensor(2)} if prefix.startswith("module.") else {}
    torch.save({**averaged, **wrapped(build("fpn", 57).state_dict())}, tmp_path / "bare.pt")
    assert load_checkpoint(tmp_path / "bare.pt").build().state_dict().keys() == build("fpn", 57).state_dict().keys()


def test_facts_that_could_not_be_read_again_are_not_written(tmp_path, checkpoint):
    checkpoint.facts["AP"] = np.float32(3)
    with pytest.raises(TypeError, match="float32"):
        save_checkpoint(tmp_path / "best.pt", checkpoint)
    assert not list(tmp_path.iterdir())


def written(path, values):
    torch.save(values, path)
    return path


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.write_bytes(b""), "expected a file of PyTorch tensors, got an empty file"),
        (lambda path: path.write_bytes(b"\n<!DOCTYPE html>"), "expected a file of PyTorch tensors, got an HTML page"),
        (
            lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
            "expected a file of PyTorch tensors, got a Git LFS pointer",
        ),
        (lambda path: path.write_bytes(b"no tensors"), "expected a file of PyTorch tensors"),
        (lambda path: path.write_bytes(pickle.dumps(print, protocol=2)), "expected a file of PyTorch tensors"),
        (lambda path: written(path, {"code": pytest.fail}), "expected a file of PyTorch tensors"),
        (lambda path: written(path, [1]), "expected a checkpoint, got list"),
        (lambda path: written(path, {1: 2}), "expected an entry 'fields', got 1"),
        (lambda path: written(path, {"epoch": 3}), "expected an entry 'fields', got epoch"),
        (lambda path: written(path, {}), "expected an entry 'fields', got none"),
        (
            lambda path: written(path, {f"layer{n}": torch.zeros(1) for n in range(9)}),
            "expected an entry 'fields', got layer0, layer1, layer2, layer3, layer4 and 4 more$",
        ),
        (
            lambda path: written(path, {"out.weight": torch.zeros(57, 2), "step": 3}),
            "weights: expected tensors, got int in step$",
        ),
        (
            lambda path: written(
                path, {"network": "fpn", "fields": layout(heads=True).to_json(), "weights": {"out.weight": 3}}
            ),
            "weights: expected tensors, got int in out.weight$",
        ),
        (lambda path: written(path, {"out.weight": torch.tensor(3.0)}), "expected rows for 57, 59, 62 fields, got 1$"),
        (lambda path: written(path, {"out.weight": torch.zeros(5, 2)}), "expected rows for 57, 59, 62 fields, got 5"),
    ],
)
def test_another_file_is_named(tmp_path, write, message):
    path = tmp_path / "weights.pt"
    write(path)
    with pytest.raises(CheckpointError, match=f"weights.pt: .*{message}") as error:
        load_checkpoint(path)
    assert not re.search("weights_only|torch.load|safe_globals|\n", str(error.value)), "no advice to run its code"


def test_weights_of_another_network_are_named(checkpoint):
    other = Checkpoint("fpn", checkpoint.layout, checkpoint.weights, {**OPTIONS, "neck": 16})
    with pytest.raises(
        CheckpointError, match=r"fpn {.*}: l5\.0\.weight: expected the shape \(16, 8, 1, 1\), got \(8, 8, 1, 1\)"
    ):
        other.build()


def test_a_network_with_more_fields_starts_from_the_old_ones(checkpoint):
    torch.manual_seed(1)
    network = build("fpn", 64, **OPTIONS)
    fresh = network.out.weight.detach().clone()
    assert load_matching(network, checkpoint.weights) == ("out.weight[62:]", "out.bias[62:]")
    assert torch.equal(network.out.weight[:62], checkpoint.weights["out.weight"])
    assert torch.equal(network.out.weight[62:], fresh[62:])
    assert torch.equal(network.stem[0][0].weight, checkpoint.weights["stem.0.0.weight"])


def test_layers_of_another_width_are_left_as_they_were(checkpoint):
    network = build("fpn", 62, **{**OPTIONS, "head": 16})
    left = load_matching(network, checkpoint.weights)
    assert {name.split(".")[0] for name in left} == {"l2", "p3", "refine"}


def test_a_number_in_the_place_of_a_bias_is_left_out(checkpoint):
    weights = {**checkpoint.weights, "out.bias": torch.tensor(1.0)}
    assert load_matching(build("fpn", 62, **OPTIONS), weights) == ("out.bias",)


def test_weights_of_which_none_fit_are_refused(checkpoint):
    with pytest.raises(CheckpointError, match="expected some that fit, got none in 1 names"):
        load_matching(build("fpn", 62, **OPTIONS), {"model.weight": torch.zeros(1)})
