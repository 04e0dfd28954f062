"""Two processes train three steps, then a run in which one of them meets a NaN."""

import os

import torch
from torch.multiprocessing import start_processes

from pose.train.loop.config import LoopConfig
from pose.train.loop.distributed import Processes
from pose.train.loop.loop import run
from pose.train.loop.recording.nonfinite import NonFiniteError
from samples.demo import free_port
from tests.pose.train.loop.tiny_task import CALLBACKS, REBUILD, batches, rebuild

LEARNING_RATE = 0.5


def train_by_two(folder):
    start_processes(train_as, (folder, free_port()), nprocs=2, start_method="fork")  # PyTorch is imported once


def train_as(rank, folder, port):
    told = {"WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": rank, "LOCAL_RANK": rank}
    os.environ |= {name: str(value) for name, value in told.items()}  # as torchrun does
    processes = Processes.from_environment()
    with processes.joined(torch.device("cpu")):
        train_twice(folder, processes.rank)


def train_twice(folder, rank):
    network, loss = rebuild(REBUILD.configuration)
    with torch.no_grad():
        network[0].weight += rank  # the first process's weights are to win
    config = LoopConfig(
        steps=3,
        optimizer="sgd",
        learning_rate=LEARNING_RATE,
        warm_up_steps=0,
        momentum=0.0,
        weight_decay=0.0,
        clip_norm=None,
        save_steps=1,
        log_steps=1,
    )
    run(config, network, lambda step: batches(step, rank), loss, folder / "sound", REBUILD, CALLBACKS)
    torch.save(network.state_dict(), folder / f"end-{rank}.pt")

    def second_fails(step):
        batch = batches(step, rank)
        if (step, rank) == (2, 1):
            batch["target"][0, 0, 0, 0] = float("inf")
        return batch

    try:
        run(config, network, second_fails, loss, folder / "unsound", REBUILD, CALLBACKS)
    except NonFiniteError as error:
        (folder / f"error-{rank}.txt").write_text(str(error))
