import numpy as np
import torch
from torch import nn

from pose.hands import HAND_KEYPOINTS, HandSpec
from pose.train.networks.hand_heatmaps import ServedHandHeatmaps

SIDE, STRIDE = 368, 8


class Shown(nn.Module):
    """Answers these heatmaps, whatever it sees."""

    def __init__(self, heatmaps):
        super().__init__()
        self.heatmaps = heatmaps

    def forward(self, _):
        return (self.heatmaps,)


def gaussians(points, height):
    """Heatmaps (n, 46, 46) of (n, 2) x, y in shares of the crop, as wide as a cell and a half."""
    centres = (torch.arange(SIDE // STRIDE) + 0.5) * STRIDE / SIDE
    across, down = (torch.exp(-(((centres - points[:, axis, None]) * SIDE / STRIDE / 1.5) ** 2) / 2) for axis in (0, 1))
    return height[:, None, None] * down[:, :, None] * across[:, None, :]


def decoded(heatmaps):
    background = torch.ones(1, 1, *heatmaps.shape[1:])
    served = ServedHandHeatmaps(Shown(torch.cat([heatmaps[None], background], 1)), HandSpec()).eval()
    with torch.inference_mode():
        (answer,) = served(torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8)).numpy()
    return answer[:63].reshape(21, 3), answer[63], answer[64]


def test_keypoints_are_where_their_heatmaps_have_a_peak_the_higher_of_two():
    chance = torch.Generator().manual_seed(0)
    points = 0.05 + 0.9 * torch.rand(len(HAND_KEYPOINTS), 2, generator=chance)
    heights = torch.linspace(0.3, 1.0, len(HAND_KEYPOINTS))
    elsewhere = gaussians(1 - points, heights - 0.15)
    keypoints, hand, left = decoded(torch.maximum(gaussians(points, heights), elsewhere))
    np.testing.assert_allclose(keypoints[:, :2] * SIDE, points * SIDE, atol=1.0)
    np.testing.assert_allclose(keypoints[:, 2], heights, rtol=0.1)
    assert (hand, left) == (np.float32(keypoints[:, 2].mean()), 0.5)


def test_an_empty_crop_shows_no_hand():
    keypoints, hand, _ = decoded(torch.full((21, 46, 46), -0.01))
    assert (hand, keypoints[:, 2].max()) == (0, 0)
