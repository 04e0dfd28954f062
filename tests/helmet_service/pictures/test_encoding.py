from __future__ import annotations

import numpy as np
import pytest

from helmet_service.pictures.encoding import to_jpeg
from pose.pictures.decoding import decode


@pytest.mark.parametrize(
    ("shape", "size"),
    [((720, 1280), (1280, 720)), ((2160, 3840), (1920, 1080)), ((1, 4000), (1920, 1)), ((1, 1), (1, 1))],
)
def test_to_jpeg_limits_the_longer_side(shape, size):
    picture = decode(to_jpeg(np.full((*shape, 3), (10, 120, 240), np.uint8), 1920), 4_000_000)
    assert (picture.width, picture.height) == size
    assert picture.pixels[0, 0].tolist() == pytest.approx([10, 120, 240], abs=6)
