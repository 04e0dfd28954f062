import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.estimation.preprocess import GREY, canvas_widths, check_input_height, place, prepare


@pytest.mark.parametrize(
    ("picture", "canvas", "covered"),
    [
        ((1280, 720), (672, 384), (672, 378)),
        ((640, 480), (512, 384), (512, 384)),
        ((720, 1280), (384, 384), (216, 384)),
        ((3840, 1080), (1152, 384), (1152, 324)),
        ((4000, 1), (1152, 384), (1152, 1)),
        ((1, 4000), (384, 384), (1, 384)),
        ((1, 1), (384, 384), (384, 384)),
    ],
)
def test_a_picture_lies_on_the_narrowest_canvas_that_takes_it(picture, canvas, covered):
    placement = place(*picture, 384)
    assert (placement.canvas_width, placement.canvas_height) == canvas
    assert (placement.width, placement.height) == covered


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([256, 384, 512]))
def test_points_come_back_to_the_picture(width, height, input_height):
    placement = place(width, height, input_height)
    corner = np.array([[placement.width, placement.height]], np.float32)
    np.testing.assert_allclose(placement.to_picture(corner), [[width, height]], rtol=1e-4)
    assert placement.canvas_width in canvas_widths(input_height)
    assert placement.canvas_width % 32 == 0


def test_the_rest_of_the_canvas_is_grey():
    picture = np.zeros((100, 50, 3), np.uint8)
    canvas = prepare(picture, place(50, 100, 384))
    assert canvas.shape == (384, 384, 3)
    assert not canvas[:, :192].any()
    assert (canvas[:, 192:] == GREY).all()


def test_widths_follow_the_height():
    assert canvas_widths(384) == (384, 512, 672, 896, 1152)
    assert canvas_widths(256) == (256, 352, 448, 608, 768)


@pytest.mark.parametrize("height", [0, -32, 100, 4096])
def test_a_height_that_no_network_takes_is_refused(height):
    with pytest.raises(ValueError, match=f"multiple of 32 from 32 to 2048, got {height}"):
        check_input_height(height)
