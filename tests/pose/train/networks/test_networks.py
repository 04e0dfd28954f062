import pytest
import torch
from torch import nn
from torch.nn import functional

from pose.train.networks import NETWORKS, build
from pose.train.networks.depthwise import DepthwiseConv

CHANNELS = 62

# Options, stages that answer, and a rate that learns (without normalisation it has to be lower).
TINY = {
    "fpn": ({"widths": (8, 16, 16, 24, 24), "blocks": (1, 1, 1, 1), "neck": 16, "head": 16}, 1, 1e-2),
    "lightweight_fine": ({"width": 32, "branch": 32, "hidden": 16, "blocks": 1}, 1, 2e-3),
    "lightweight_openpose": ({"width": 1 / 8, "refinements": 1}, 2, 1e-2),
    "openpose_vgg19": ({"width": 1 / 4, "stages": 2}, 2, 7e-4),
    "openpose_hand": ({"width": 1 / 8, "stages": 2}, 2, 1e-3),
    "tiny_vgg": ({"width": 1 / 8}, 1, 1e-2),
    # PyTorch 2.13 crashes at the bfloat16 gradient of strided 1x1 convolutions of 8 channels: 16 of them here.
    "resnet18": ({"width": 1 / 4, "neck": 16}, 1, 1e-2),
    "mobilenet_v2": ({"width": 1 / 4, "neck": 16}, 1, 1e-2),
    "inception_v4": ({"width": 1 / 16, "blocks": (1, 1, 1), "neck": 16}, 1, 1e-2),
    "unet": ({"widths": (4, 8, 16, 24, 32)}, 1, 1e-2),
    "ppn": ({"width": 1 / 4, "head": 32}, 1, 1e-2),
}

# What a network can answer, made of normally distributed values.
ANSWERS = {"fields": lambda values: values, "proposals": lambda values: (4 * values).sigmoid()}

# Parameters of the papers' own networks: backbones without classifiers, OpenPose's whole.
PARAMETERS = {
    "resnet18": 11_176_512,
    "mobilenet_v2": 1_811_712,
    "inception_v4": 41_142_816,
    "openpose_vgg19": 52_311_446,
}


@pytest.fixture(autouse=True)
def _seeded():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def test_every_network_is_tested():
    assert TINY.keys() == NETWORKS.keys()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("height", "width"), [(64, 64), (32, 96)])
@pytest.mark.parametrize("channels", [57, CHANNELS])
def test_each_stage_answers_fields_at_the_stride(name, height, width, channels):
    options, stages, _ = TINY[name]
    network = build(name, channels, **options).eval()
    with torch.inference_mode():
        answers = network(torch.zeros(2, 3, height, width))
    shape = (2, channels, height // network.stride, width // network.stride)
    assert [answer.shape for answer in answers] == [shape] * stages


@pytest.mark.parametrize("name", NETWORKS)
def test_four_pictures_are_learned_by_heart(name):
    options, _, rate = TINY[name]
    network = build(name, CHANNELS, **options)
    pictures = functional.interpolate(torch.randint(0, 2, (4, 3, 2, 2)) - 0.5, size=(32, 32))
    cells = 32 // network.stride
    values = functional.interpolate(torch.randn(4, CHANNELS, 2, 2), size=(cells, cells), mode="bilinear")
    aim = ANSWERS[network.answers](values)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, fused=True)
    losses = []
    while len(losses) < 150 and (not losses or losses[-1] > 0.5 * losses[0]):
        loss = sum(functional.mse_loss(answer, aim) for answer in network(pictures))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] <= 0.5 * losses[0]  # the same answer for every picture leaves 0.7


def test_a_finer_grid_is_an_option():
    network = build("ppn", 57, **TINY["ppn"][0], stride=16)
    assert network.stride == 16
    assert network(torch.zeros(2, 3, 64, 32))[0].shape == (2, 57, 4, 2)


@pytest.mark.parametrize("name", PARAMETERS)
def test_networks_are_as_large_as_their_papers(name):
    with torch.device("meta"):
        network = build(name, 57)
    count = sum(p.numel() for part, p in network.named_parameters() if not part.startswith("pyramid."))
    assert count == PARAMETERS[name]


# Weights that are given away: the names' first parts in their order, how many there are, and one of them.
GIVEN = {
    "fpn": ("stem, c2, c3, c4, c5, l5, l4, l3, s4, s3, l2, p3, refine, out", 212, "stem.0.0.weight"),
    "lightweight_fine": (
        "stem, fine, coarse, align, context, features, first, first_pafs, first_heatmaps, second, second_heatmaps, "
        "second_pafs, lateral, down, refine, out",
        128,
        "second.4.trunk.1.0.bias",
    ),
}


@pytest.mark.parametrize(("name", "parts", "count", "one"), [(name, *given) for name, given in GIVEN.items()])
def test_the_given_names_stay(name, parts, count, one):
    with torch.device("meta"):
        names = list(build(name, CHANNELS).state_dict())
    assert ", ".join(dict.fromkeys(name.split(".")[0] for name in names)) == parts
    assert len(names) == count
    assert one in names


@pytest.mark.parametrize(
    ("name", "channels", "options", "message"),
    [
        ("fnp", 57, {}, "network: expected one of fpn, .*, got fnp"),
        ("fpn", 57, {"nek": 8}, "options: fpn expected some of widths, blocks, neck, head, got nek"),
        ("lightweight_openpose", 57, {"refinements": 4}, "refinements: expected 1 to 3, got 4"),
        ("lightweight_fine", 57, {"blocks": 0}, "blocks: expected at least 1, got 0"),
        ("lightweight_fine", 56, {}, "channels: expected at least 19 heatmaps and 38 PAFs, got 56"),
        ("openpose_vgg19", 57, {"stages": 0}, "stages: expected 1 to 6, got 0"),
        ("ppn", 57, {"stride": 8}, "stride: expected one of 16, 32, got 8"),
        ("openpose_vgg19", 56, {"width": 0.1}, "channels: expected at least 19 heatmaps and 38 PAFs, got 56"),
    ],
)
def test_what_cannot_be_built_is_named(name, channels, options, message):
    with pytest.raises(ValueError, match=message):
        build(name, channels, **options)


def test_features_are_answered_beside_the_same_fields():
    network = build("fpn", CHANNELS, **TINY["fpn"][0])
    network.add_hint(5)
    network.eval()
    picture = torch.rand(2, 3, 64, 32)
    (fields,), features = network.with_features(picture)
    torch.testing.assert_close(fields, network(picture)[0])
    assert features.shape == (2, 5, 8, 4)


def test_a_network_without_a_layer_for_features_says_so():
    with pytest.raises(ValueError, match=r"teacher\.features: expected none for TinyVgg"):
        build("tiny_vgg", CHANNELS, **TINY["tiny_vgg"][0]).add_hint(5)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_convolution_answers_and_learns_in_bfloat16_too(name):
    network = build(name, CHANNELS, **TINY[name][0]).to(memory_format=torch.channels_last)
    seen = {}
    convolutions = {part: module for part, module in network.named_modules() if isinstance(module, nn.Conv2d)}
    for part, module in convolutions.items():
        module.register_forward_pre_hook(lambda _, inputs, part=part: seen.update({part: inputs[0].detach().clone()}))
    with torch.no_grad():
        network((torch.rand(1, 3, 256, 256) - 0.5).to(memory_format=torch.channels_last))  # small ones go right anyway
    for part, picture in seen.items():
        expected, got = (answer_and_gradients(convolutions[part], picture, exact) for exact in (True, False))
        for here, there in zip(got, expected, strict=True):
            assert (here - there).norm() <= 0.02 * there.norm(), part


def answer_and_gradients(convolution, picture, exact):
    """The answer and the gradients of input, weights and bias, in float32 (exact) or bfloat16."""
    picture = picture.to(torch.bfloat16).to(torch.float32 if exact else torch.bfloat16).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=not exact):
        answer = convolution(picture)
    aim = torch.randn(answer.shape, generator=torch.Generator().manual_seed(1)).to(torch.bfloat16)
    aim = aim.to(memory_format=torch.channels_last)
    asked = [picture, *convolution.parameters()]
    return [part.float() for part in (answer, *torch.autograd.grad(answer, asked, aim.to(answer.dtype)))]


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_an_exported_depthwise_convolution_is_a_plain_one(stride, dilation):
    layer = DepthwiseConv(4, stride, dilation).eval()
    graph = torch.export.export(layer, (torch.zeros(1, 4, 8, 8),)).graph
    called = [node.target for node in graph.nodes if node.op == "call_function"]
    assert called == [torch.ops.aten.conv2d.default]
