"""The networks that can be trained, by name; each architecture's file names its paper."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Final

from pose.train.networks.architectures.fpn import Fpn
from pose.train.networks.architectures.inception_v4 import InceptionV4
from pose.train.networks.architectures.lightweight_fine import LightweightFine
from pose.train.networks.architectures.lightweight_openpose import LightweightOpenPose
from pose.train.networks.architectures.mobilenet_v2 import MobileNetV2
from pose.train.networks.architectures.openpose_hand import OpenPoseHand
from pose.train.networks.architectures.openpose_vgg19 import OpenPoseVgg19
from pose.train.networks.architectures.pose_proposal import PoseProposal
from pose.train.networks.architectures.resnet18 import ResNet18
from pose.train.networks.architectures.tiny_vgg import TinyVgg
from pose.train.networks.architectures.unet import UNet
from pose.train.networks.blocks import Network, initialise

NETWORKS: Final[Mapping[str, type[Network]]] = {
    "fpn": Fpn,
    "lightweight_fine": LightweightFine,
    "lightweight_openpose": LightweightOpenPose,
    "openpose_vgg19": OpenPoseVgg19,
    "openpose_hand": OpenPoseHand,
    "tiny_vgg": TinyVgg,
    "resnet18": ResNet18,
    "mobilenet_v2": MobileNetV2,
    "inception_v4": InceptionV4,
    "unet": UNet,
    "ppn": PoseProposal,
}


def network_class(name: str) -> type[Network]:
    """The class of this name; ValueError for an unknown one."""
    if name not in NETWORKS:
        raise ValueError(f"network: expected one of {', '.join(NETWORKS)}, got {name}")
    return NETWORKS[name]


def build(name: str, channels: int, **options: object) -> Network:
    """A network that answers `channels` values a cell, with random weights for training.

    options: keyword arguments of the network's class. Raises ValueError for an unknown name, option or value.
    """
    made = network_class(name)
    known = list(inspect.signature(made).parameters)[1:]
    for option in options:
        if option not in known:
            raise ValueError(f"options: {name} expected some of {', '.join(known)}, got {option}")
    try:
        network = made(channels, **options)
    except TypeError as error:
        raise ValueError(f"options: {name} expected values of other types, got {options}: {error}") from error
    network.apply(initialise)
    return network
