"""Where the time of a training batch goes: `python -m benchmarks.training_pace --data FILE.tar... [--device cuda]`.

It prints a row for each part of a batch on the device, one for the same batch made by NumPy and OpenCV, and with
`--teacher` one for the teacher's answer on the device and one by OpenVINO. Figures are of the fastest of several
batches, as others may use the machine; on a GPU the clock waits for each part.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import torch

from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.peers import load_peers
from pose.train.augment import AugmentConfig
from pose.train.augment.batches import CropBatches, DeviceCropBatches, Draws
from pose.train.augment.device import change
from pose.train.augment.field_targets import FieldTargets
from pose.train.data.cache import open_or_build
from pose.train.data.examples import DataConfig
from pose.train.networks.device_network import DeviceNetwork
from pose.train.networks.layout import FIELDS
from pose.train.teacher import Answer, answer_of

Made = TypeVar("Made")
WARM_UP: Final = 1


class Clock:
    """Seconds of each part, one entry a batch."""

    def __init__(self, device: torch.device) -> None:
        self.seconds: dict[str, list[float]] = {}
        self._device = device

    def __call__(self, part: str, make: Callable[[], Made]) -> Made:
        """The result of `make`, timed as this part."""
        began = time.perf_counter()
        made = make()
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        self.seconds.setdefault(part, []).append(time.perf_counter() - began)
        return made


def main() -> None:
    """Print a Markdown table."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    clock = Clock(device)
    with tempfile.TemporaryDirectory() as folder:
        cache = open_or_build(DataConfig(sources=[f"shard:{path}" for path in options.data], cache=Path(folder)))
        draws = Draws(cache, AugmentConfig(), FieldTargets(FIELDS), ((options.size, options.batch),))
        on_cpu, on_device = CropBatches(draws), DeviceCropBatches(draws, device)
        answers = _answers(options, device)
        for step in range(WARM_UP + options.batches):
            pictures = _in_parts(on_device, step, clock)["picture"]
            for name, answer in answers.items():
                clock(name, partial(answer, pictures))
            clock("all by NumPy and OpenCV", partial(on_cpu, step))
    print(f"{options.batch} crops of {options.size} px, {device.type}, {options.threads} threads\n")
    print("| part | ms a batch | crops/s |\n|---|---|---|")
    fastest = {part: min(seconds[WARM_UP:]) for part, seconds in clock.seconds.items()}
    parts = ("draw and place", "tables", "warp", "change", "paint")
    for part, seconds in {"all on the device": sum(fastest[part] for part in parts), **fastest}.items():
        print(f"| {part} | {1000 * seconds:.1f} | {options.batch / seconds:.0f} |")


def _answers(options: argparse.Namespace, device: torch.device) -> dict[str, Answer]:
    if options.teacher is None:
        return {}
    peer = load_peers(options.teacher, height=REFERENCE_HEIGHT, threads=options.threads)[0]
    by_openvino = answer_of(peer.runtime)
    return {
        "teacher on the device": DeviceNetwork(peer.model.network, peer.model.decoder.layout, device),
        "teacher by OpenVINO": lambda pictures: by_openvino(pictures.cpu()),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE.tar")
    parser.add_argument("--teacher", type=Path, metavar="DIR", help="of a network in pose/peers")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--batches", type=int, default=5)
    return parser


def _in_parts(batches: DeviceCropBatches, step: int, clock: Clock) -> dict[str, torch.Tensor]:
    """The batch of a step, part by part."""
    draws, pictures = batches.draws, batches.pictures
    planned = clock("draw and place", lambda: draws.plan(step))
    made = clock("tables", lambda: draws.targets.prepare(planned.labels, planned.size))
    warped = clock("warp", lambda: pictures.warped(planned))
    changed = clock("change", lambda: change(warped, draws.augment, planned.photometry))
    targets = clock("paint", lambda: draws.targets.finish(made, pictures.device))
    return {"picture": changed.to(torch.uint8).permute(0, 2, 3, 1).contiguous(), **targets}


if __name__ == "__main__":
    main()
