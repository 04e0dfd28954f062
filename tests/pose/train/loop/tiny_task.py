"""A task that is not about poses: a network with everything that training has state in, on random pictures."""

import os
from pathlib import Path

import torch
from torch import nn

from pose.train.loop.config import LoopConfig
from pose.train.loop.loop import run
from pose.train.loop.recording.nonfinite import Rebuild
from pose.train.loop.recording.recorder import Callbacks


def save(network, path, _):
    torch.save(network.state_dict(), path)


CALLBACKS = Callbacks(save=save)
REBUILD = Rebuild("tests.pose.train.loop.tiny_task:rebuild", {"width": 4})
TWELVE = {"steps": 12, "save_steps": 4, "log_steps": 1, "warm_up_steps": 2}


def rebuild(configuration):
    torch.manual_seed(7)
    width = configuration["width"]
    network = nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.Dropout(0.2), nn.Conv2d(width, 1, 1)
    )
    return network, loss


def loss(network, batch):
    error = (network(batch["picture"]).float() - batch["target"]) ** 2
    near, far = error[..., :4].mean(), error[..., 4:].mean()
    return {"loss": near + far, "near": near, "far": far}


def batches(step, rank=0):
    generator = torch.Generator().manual_seed(1000 * step + rank)
    picture = torch.rand((4, 1, 8, 8), generator=generator)
    return {"picture": picture, "target": 1 - picture}


def signalled(at, number):
    """The batches, and a signal to this process when that of step `at` is made."""

    def batch(step):
        if step == at:
            os.kill(os.getpid(), number)
        return batches(step)

    return batch


def train(folder, batches=batches, loss=loss, callbacks=CALLBACKS, **loop):
    network, _ = rebuild(REBUILD.configuration)
    run(LoopConfig(**loop), network, batches, loss, Path(folder), REBUILD, callbacks)
    return network
