import numpy as np
import openvino.opset13 as ops
import pytest

from pose.estimation.model import ModelError
from pose.label.top_down import TopDown, decode_heatmaps, read_top_down
from tests.pose.label.made_up import SIDE, save_top_down


def heatmaps_of(picture):
    """(1, 3, H, W) -> (1, 17, H / 4, W / 4): the mean of the second colour less that of the first."""
    first, second, _ = ops.split(picture, 1, 3).outputs()
    pooled = ops.avg_pool(ops.subtract(second, first), [4, 4], [0, 0], [0, 0], [4, 4], exclude_pad=True)
    return ops.tile(pooled, [1, 17, 1, 1])


def keypoints_of(picture):
    """(1, 3, H, W) -> (1, 17, 3): at a quarter and three quarters, as sure as the first pixel is bright."""
    bright = ops.reshape(ops.slice(picture, [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]), [1, 1, 1], special_zero=False)
    return ops.tile(
        ops.concat([ops.constant([[[0.25]]], np.float32), ops.constant([[[0.75]]], np.float32), bright], 2), [1, 17, 1]
    )


def spot(x, y, colour):
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[y - 4 : y + 4, x - 4 : x + 4, colour] = 255
    return picture


def test_a_keypoint_comes_back_to_where_it_is_in_the_picture(tmp_path):
    network = TopDown(read_top_down(save_top_down(tmp_path, heatmaps_of)), 1)
    keypoints = network(spot(220, 120, 1), np.array([175.0, 65, 80, 80]))
    assert keypoints.shape == (17, 3)
    np.testing.assert_allclose(keypoints[:, :2], np.tile((220, 120), (17, 1)), atol=6)  # a cell is 5 pixels wide
    assert keypoints[:, 2].min() > 0.5


@pytest.mark.parametrize(("colours", "colour"), [("RGB", 0), ("BGR", 2)])
def test_colours_come_in_the_described_order(tmp_path, colours, colour):
    given = {"width": SIDE, "height": SIDE, "colours": colours, "mean": [0, 0, 0], "scale": [255, 255, 255]}

    def first_of(picture):
        return heatmaps_of(ops.gather(picture, [1, 2, 0], 1))

    network = TopDown(read_top_down(save_top_down(tmp_path, first_of, input=given)), 1)
    assert network(spot(100, 100, colour), np.array([60.0, 60, 80, 80]))[:, 2].min() > 0.5
    assert network(spot(100, 100, 1), np.array([60.0, 60, 80, 80]))[:, 2].max() <= 0


def test_keypoints_with_the_decoding_inside_and_normalised_colours(tmp_path):
    given = {"width": SIDE, "height": SIDE, "colours": "BGR", "mean": [100, 0, 0], "scale": [200, 1, 1]}
    network = TopDown(read_top_down(save_top_down(tmp_path, keypoints_of, input=given, output="keypoints")), 1)
    picture = np.full((200, 300, 3), 220, np.uint8)
    keypoints = network(picture, np.array([100.0, 50, 100, 80]))
    np.testing.assert_allclose(keypoints, np.tile((125, 115, 0.6), (17, 1)), atol=1e-4)


def test_a_heatmap_s_highest_cell_leans_to_its_higher_neighbour():
    heatmaps = np.zeros((17, 8, 4))
    heatmaps[:, 6, 1], heatmaps[:, 6, 2], heatmaps[:, 5, 1] = 0.9, 0.5, 0.4
    np.testing.assert_allclose(decode_heatmaps(heatmaps), np.tile((1.25 / 4, 5.75 / 8, 0.9), (17, 1)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"input": {"width": 64, "height": 64, "colours": "HSV", "mean": [0] * 3, "scale": [1] * 3}}, "input.colours"),
        ({"input": {"width": 64, "height": 64, "colours": "RGB", "mean": [0], "scale": [1] * 3}}, "input.mean"),
        ({"input": {"width": 64, "height": 64, "colours": "RGB", "mean": [0] * 3}}, "expected a key 'scale'"),
        ({"output": "boxes"}, "output: expected heatmaps or keypoints, got boxes"),
        ({"output": "keypoints"}, r"tiny.xml: output: expected keypoints \(1, 17, 3\)"),
        ({"sha256": "0"}, "tiny.xml: expected sha256 0"),
        ({"network": "none.xml"}, "none.xml: No such file"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, changed, said):
    with pytest.raises(ModelError, match=said):
        TopDown(read_top_down(save_top_down(tmp_path, heatmaps_of, **changed)), 1)
