"""Random weights under the published names and shapes, written out from the publishers' own definitions."""

from itertools import pairwise

import pytest
import torch

from pose.estimation.model import file_sha256
from pose.fields import encode
from pose.hands import HandSpec
from pose.train.networks.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from pose.train.networks.layout import layout
from pose.train.networks.published import PUBLISHED_FIELDS, read_published
from tests.pose.people import standing


def conv(name, outputs, inputs, kernel, *, bias):
    return {f"{name}.weight": (outputs, inputs, kernel, kernel)} | ({f"{name}.bias": (outputs,)} if bias else {})


def norm(name, channels):
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (channels,) for part in parts} | {f"{name}.num_batches_tracked": ()}


def lightweight_shapes(stages):
    shapes = conv("model.0.0", 32, 3, 3, bias=False) | norm("model.0.1", 32)
    widths = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512)
    for i, (inputs, outputs) in enumerate(pairwise(widths), 1):
        shapes |= conv(f"model.{i}.0", inputs, 1, 3, bias=False) | norm(f"model.{i}.1", inputs)
        shapes |= conv(f"model.{i}.3", outputs, inputs, 1, bias=False) | norm(f"model.{i}.4", outputs)
    shapes |= conv("cpm.align.0", 128, 512, 1, bias=True) | conv("cpm.conv.0", 128, 128, 3, bias=True)
    for i in range(3):
        shapes |= conv(f"cpm.trunk.{i}.0", 128, 1, 3, bias=False) | conv(f"cpm.trunk.{i}.2", 128, 128, 1, bias=False)
        shapes |= conv(f"initial_stage.trunk.{i}.0", 128, 128, 3, bias=True)
    for i in range(stages):
        for j in range(5):
            block = f"refinement_stages.{i}.trunk.{j}"
            shapes |= conv(f"{block}.initial.0", 128, 128 if j else 185, 1, bias=True)
            for k in range(2):
                shapes |= conv(f"{block}.trunk.{k}.0", 128, 128, 3, bias=True) | norm(f"{block}.trunk.{k}.1", 128)
    for stage, hidden in [("initial_stage", 512)] + [(f"refinement_stages.{i}", 128) for i in range(stages)]:
        for branch, channels in (("heatmaps", 19), ("pafs", 38)):
            shapes |= conv(f"{stage}.{branch}.0.0", hidden, 128, 1, bias=True)
            shapes |= conv(f"{stage}.{branch}.1.0", channels, hidden, 1, bias=True)
    return shapes


def openpose_shapes():
    layers = {"conv1_1": (64, 3), "conv1_2": (64, 64), "conv2_1": (128, 64), "conv2_2": (128, 128)}
    layers |= {"conv3_1": (256, 128)} | {f"conv3_{i}": (256, 256) for i in (2, 3, 4)}
    layers |= {"conv4_1": (512, 256), "conv4_2": (512, 512), "conv4_3_CPM": (256, 512), "conv4_4_CPM": (128, 256)}
    shapes = {}
    for name, (outputs, inputs) in layers.items():
        shapes |= conv(name, outputs, inputs, 3, bias=True)
    for branch, channels in (("L1", 38), ("L2", 19)):
        for i, (outputs, inputs, kernel) in enumerate([(128, 128, 3)] * 3 + [(512, 128, 1), (channels, 512, 1)], 1):
            shapes |= conv(f"conv5_{i}_CPM_{branch}", outputs, inputs, kernel, bias=True)
        for stage in range(2, 7):
            rows = [(128, 185, 7)] + [(128, 128, 7)] * 4 + [(128, 128, 1), (channels, 128, 1)]
            for i, (outputs, inputs, kernel) in enumerate(rows, 1):
                shapes |= conv(f"Mconv{i}_stage{stage}_{branch}", outputs, inputs, kernel, bias=True)
    return shapes


def hand_shapes():
    layers = {"conv1_1": (64, 3), "conv1_2": (64, 64), "conv2_1": (128, 64), "conv2_2": (128, 128)}
    layers |= {"conv3_1": (256, 128)} | {f"conv3_{i}": (256, 256) for i in (2, 3, 4)}
    layers |= {"conv4_1": (512, 256)} | {f"conv4_{i}": (512, 512) for i in (2, 3, 4)}
    layers |= {"conv5_1": (512, 512), "conv5_2": (512, 512), "conv5_3_CPM": (128, 512)}
    shapes = conv("conv6_1_CPM", 512, 128, 1, bias=True) | conv("conv6_2_CPM", 22, 512, 1, bias=True)
    for name, (outputs, inputs) in layers.items():
        shapes |= conv(name, outputs, inputs, 3, bias=True)
    for stage in range(2, 7):
        rows = [(128, 150, 7)] + [(128, 128, 7)] * 4 + [(128, 128, 1), (22, 128, 1)]
        for i, (outputs, inputs, kernel) in enumerate(rows, 1):
            shapes |= conv(f"Mconv{i}_stage{stage}", outputs, inputs, kernel, bias=True)
    return shapes


def random_state(shapes):
    """Every weight full of one number of its own."""
    torch.manual_seed(0)
    return {name: torch.rand(()).expand(shape) if shape else torch.tensor(7) for name, shape in shapes.items()}


def saved(path, values):
    torch.save(values, path)
    return path


def values_of(weights):
    """Each weight by what it holds, however it is called."""
    return sorted((tuple(value.shape), float(value[(0,) * value.ndim])) for value in weights.values())


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_every_weight_of_lightweight_openpose_is_used(tmp_path, stages):
    state = random_state(lightweight_shapes(stages))
    path = saved(tmp_path / "checkpoint_iter_370000.pth", {"state_dict": state, "optimizer": {"state": {}}, "iter": 3})
    checkpoint = read_published("lightweight-openpose", path)
    assert (checkpoint.network, checkpoint.options) == ("lightweight_openpose", {"refinements": stages})
    assert values_of(checkpoint.weights) == values_of(state)
    assert checkpoint.facts["sha256"] == file_sha256(path)
    assert checkpoint.facts["licence"].startswith("Apache-2.0")
    assert checkpoint.build().stride == checkpoint.layout.stride


def test_names_that_a_wrapper_put_before_weights_are_taken_off(tmp_path):
    state = random_state(lightweight_shapes(1))
    path = saved(tmp_path / "wrapped.pth", {"state_dict": {f"module.{name}": value for name, value in state.items()}})
    assert values_of(read_published("lightweight-openpose", path).weights) == values_of(state)


def test_counts_of_batches_may_be_absent(tmp_path):
    state = random_state(lightweight_shapes(1))
    old = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    network = read_published("lightweight-openpose", saved(tmp_path / "old.pth", {"state_dict": old})).build()
    built = network.state_dict()
    assert sum(name.endswith("num_batches_tracked") for name in built) == len(state) - len(old) > 0
    assert not any(built[name] for name in built if name.endswith("num_batches_tracked"))


@pytest.fixture(scope="module")
def openpose_state():
    return random_state(openpose_shapes())


def prefixed(name):
    """As the publisher's module calls it: model0.conv1_1.weight, model3_2.Mconv1_stage3_L2.weight."""
    layer = name.split(".")[0]
    if layer[:5] in ("conv1", "conv2", "conv3", "conv4"):
        return f"model0.{name}"
    return f"model{layer.split('stage')[1][0] if 'stage' in layer else 1}_{layer[-1]}.{name}"


@pytest.mark.parametrize("named", [str, prefixed])
def test_every_weight_of_openpose_is_used(tmp_path, openpose_state, named):
    path = saved(tmp_path / "body.pth", {named(name): value for name, value in openpose_state.items()})
    checkpoint = read_published("openpose-body", path)
    assert checkpoint.network == "openpose_vgg19"
    assert values_of(checkpoint.weights) == values_of(openpose_state)
    weights = checkpoint.weights
    for ours, theirs in {
        "backbone.0.0.bias": "conv1_1.bias",
        "backbone.6.6.weight": "conv4_4_CPM.weight",
        "stages.0.pafs.8.bias": "conv5_5_CPM_L1.bias",
        "stages.5.heatmaps.12.weight": "Mconv7_stage6_L2.weight",
    }.items():
        assert torch.equal(weights[ours], openpose_state[theirs])
    assert "non-commercial" in checkpoint.facts["licence"]


def test_every_weight_of_openpose_for_hands_is_used(tmp_path):
    state = random_state(hand_shapes())
    assert len(state) == 2 * 52
    checkpoint = read_published("openpose-hand", saved(tmp_path / "hand.pth", state))
    assert (checkpoint.network, checkpoint.layout) == ("openpose_hand", HandSpec())
    assert values_of(checkpoint.weights) == values_of(state)
    for ours, theirs in {
        "backbone.6.6.weight": "conv4_4.weight",
        "backbone.6.8.bias": "conv5_1.bias",
        "backbone.6.12.weight": "conv5_3_CPM.weight",
        "stages.0.0.bias": "conv6_1_CPM.bias",
        "stages.5.12.weight": "Mconv7_stage6.weight",
    }.items():
        assert torch.equal(checkpoint.weights[ours], state[theirs])
    path = tmp_path / "hand.pt"
    save_checkpoint(path, checkpoint)
    assert load_checkpoint(path).layout == HandSpec()


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: without(state, "model.3.4.bias"), r"expected the weights model\.3\.4\.bias, got none"),
        (lambda state: state | {"fc.weight": torch.zeros(1)}, r"expected no other weights, got fc\.weight"),
        (
            lambda state: state | {"cpm.align.0.bias": torch.zeros(64)},
            r"cpm\.align\.0\.bias: expected the shape \(128,\), got \(64,\)",
        ),
        (lambda _: {}, r"expected the weights model\.0\.0\.weight, .* and \d+ more, got none"),
        (lambda _: {"iter": 3}, "expected a state dict of PyTorch, got another dict"),
        (lambda _: [], "expected a state dict of PyTorch, got another list"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, message):
    path = saved(tmp_path / "other.pth", {"state_dict": change(random_state(lightweight_shapes(1)))})
    with pytest.raises(CheckpointError, match=f"other.pth: {message}"):
        read_published("lightweight-openpose", path)


def test_published_fields_are_ours_in_another_order():
    people = [standing(60, 20, 9)]
    theirs = encode(people, PUBLISHED_FIELDS, height=96, width=128)
    ours = encode(people, layout(heads=False, stride=8), height=96, width=128)
    assert (theirs[:19] == ours[:19]).all()
    # OpenPose trains neck to right hip first, and right shoulder to right elbow in its channels 14 and 15.
    assert (theirs[19:21] == ours[19 + 2 * 6 : 21 + 2 * 6]).all()
    assert (theirs[19 + 14 : 21 + 14] == ours[19 + 2 * 2 : 21 + 2 * 2]).all()
    assert sorted(PUBLISHED_FIELDS.used_channels) == list(range(57))
