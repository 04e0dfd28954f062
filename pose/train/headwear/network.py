"""The network that sees headwear: a small residual network on crops of heads.

Source of the residual block: He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016), figure 5 left.
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

KINDS: Final = ("helmet", "bare", "no head")
"""What a crop can show, in the order of the network's answer."""
EPSILON: Final = 1e-5  # of normalisations: added to variances
_WIDTH: Final = 16  # channels of the first layer; each halving of the resolution doubles them
_DROPPED: Final = 0.2  # share of the last features that training leaves out


class HeadwearNetwork(nn.Module):
    """Crops -> the log-odds of `KINDS`, before the softmax."""

    def __init__(self) -> None:
        super().__init__()
        wide = _WIDTH
        self.features = nn.Sequential(
            _halved(3, wide),
            *(_halved(wide, 2 * wide), _Residual(2 * wide)),
            *(_halved(2 * wide, 4 * wide), _Residual(4 * wide), _Residual(4 * wide)),
            *(_halved(4 * wide, 8 * wide), _Residual(8 * wide), _Residual(8 * wide)),
        )
        self.kinds = nn.Linear(8 * wide, len(KINDS))

    def forward(self, crops: Tensor) -> Tensor:
        """(N, 3, SIDE, SIDE) float BGR in [-0.5, 0.5] -> (N, 3)."""
        features: Tensor = self.features(crops).mean((2, 3))
        kinds: Tensor = self.kinds(functional.dropout(features, _DROPPED, self.training))
        return kinds


class ServedHeadwear(nn.Module):
    """The network with normalisation inside that answers probabilities."""

    def __init__(self, network: HeadwearNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> Tensor:
        """(N, SIDE, SIDE, 3) uint8 BGR -> the probabilities of `KINDS`, (N, 3)."""
        kinds: Tensor = self.network(crops.permute(0, 3, 1, 2).float() / 256 - 0.5)
        return kinds.softmax(1)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels, EPSILON),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels, EPSILON),
        )

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.change(features))


def _halved(channels: int, wider: int) -> nn.Sequential:
    """Half the resolution, `wider` channels."""
    return nn.Sequential(
        nn.Conv2d(channels, wider, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(wider, EPSILON), nn.ReLU()
    )
