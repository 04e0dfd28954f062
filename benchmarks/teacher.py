"""How far a teacher's fields are from labels: `python -m benchmarks.teacher --data FILE.tar --teacher DIR`.

It prints a row for each sharpness. A network that answers 0 everywhere has a figure of 1; only cells within the labels'
mask count.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

import torch
from tqdm import tqdm

from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.peers import load_peers
from pose.train.augment import AugmentConfig
from pose.train.augment.batches import CropBatches, Draws
from pose.train.augment.field_targets import FieldTargets
from pose.train.data.cache import open_or_build
from pose.train.data.examples import DataConfig
from pose.train.networks.layout import layout
from pose.train.teacher import Teacher, answer_of

SHARPNESS: Final = (1.0, 2.0, 3.0, 4.0, 6.0)
SIZES: Final = ((224, 16),)


def main() -> None:
    """Print a row for each sharpness."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE.tar")
    parser.add_argument("--teacher", type=Path, required=True, metavar="DIR", help="of a network in pose/peers")
    parser.add_argument("--batches", type=int, default=20, help=f"of {SIZES[0][1]} crops")
    options = parser.parse_args()
    spec = layout(heads=False)
    peer = load_peers(options.teacher, height=REFERENCE_HEIGHT, threads=2)[0]
    own = peer.model.field_decoder.layout
    with tempfile.TemporaryDirectory() as folder:
        cache = open_or_build(DataConfig(sources=[f"shard:{path}" for path in options.data], cache=Path(folder)))
        batches = CropBatches(Draws(cache, AugmentConfig(), FieldTargets(spec), SIZES))
        errors = {sharpness: torch.zeros(2) for sharpness in SHARPNESS}
        nothing = torch.zeros(2)
        for step in tqdm(range(options.batches), unit="batch"):
            batch = batches(step)
            nothing += _error(torch.zeros_like(batch["fields"]), batch)
            for sharpness in SHARPNESS:
                answered = Teacher(answer_of(peer.runtime), own, spec, sharpness)(batch["picture"])
                errors[sharpness] += _error(answered, batch)
    print("| sharpness | heatmaps | PAFs |\n|---|---|---|")
    for sharpness, error in errors.items():
        heatmaps, pafs = (error / nothing).tolist()
        print(f"| {sharpness:.0f} | {heatmaps:.2f} | {pafs:.2f} |")


def _error(answered: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Squared error of heatmaps and of PAFs, (2,)."""
    error = (answered - batch["fields"]) ** 2 * batch["pose_mask"][:, None]
    return torch.stack([error[:, :18].sum(), error[:, 19:57].sum()])


if __name__ == "__main__":
    main()
