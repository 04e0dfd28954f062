from __future__ import annotations

import numpy as np
import pytest

from helmet_service.watch.thumbnails import grey_thumbnail


@pytest.mark.parametrize(
    ("size", "small"),
    [((720, 1280), (360, 640)), ((1080, 1920), (360, 640)), ((480, 360), (480, 360)), ((1, 5000), (1, 640))],
)
def test_a_thumbnail_is_as_wide_as_needed_and_no_wider(size, small):
    thumbnail = grey_thumbnail(np.full((*size, 3), (10, 200, 60), np.uint8))
    assert thumbnail.shape == small
    assert (thumbnail == round(0.114 * 10 + 0.587 * 200 + 0.299 * 60)).all()
