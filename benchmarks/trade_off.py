"""Time and accuracy of networks at several input heights: `python -m benchmarks.trade_off MODEL_DIR...`.

The first row is the first model's at height 384; the others, one for each further model and height, stand beside it.
Milliseconds of the network (with scaling the picture) and of the whole estimate are those of samples/site_far.jpg, five
people in 1280x720: medians of runs in turn, on two threads. `times` is the median of each turn's ratio to the first row
and holds on a busy machine, too. AP on dev-coco; heads found and ghosts on tune-site and tune-cctv, where real heads
that nobody labelled count neither way. Reads the three from PICTURES_DIR, draws docs/measured/trade-off-network.svg.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from benchmarks.tuning import audited
from pose import Estimator
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.measuring.measures import head_measure, keypoint_measure

ROOT: Final = Path(__file__).parent.parent
PICTURE: Final = ROOT / "samples" / "site_far.jpg"
DRAWING: Final = ROOT / "docs" / "measured" / "trade-off-network.svg"
HEIGHTS: Final = (256, 320, 352, 384)
THREADS: Final = 2
TURNS: Final = 41
SHARDS: Final = {"dev-coco": keypoint_measure, "tune-site": head_measure, "tune-cctv": head_measure}
Figure = tuple[str, str]  # a shard, and a figure of its measure
DRAWN: Final[tuple[Figure, ...]] = (("dev-coco", "AP"), ("tune-site", "heads_found"), ("tune-cctv", "heads_found"))
FIGURES: Final[tuple[Figure, ...]] = (*DRAWN, ("tune-site", "ghosts_per_100"), ("tune-cctv", "ghosts_per_100"))


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians, ms, of the network and of the whole estimate, and how many times the first row's each is."""

    network: float
    network_times: float
    whole: float
    whole_times: float


@dataclass(frozen=True, slots=True)
class Row:
    """A model at a height: its cost and its `FIGURES`."""

    model: str
    height: int
    cost: Cost
    figures: Mapping[Figure, float]


def main() -> None:
    """Print a Markdown table and draw its curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL_DIR", help="folders with pose.json")
    parser.add_argument("--heights", nargs="+", type=int, default=HEIGHTS, help="of the others' input, pixels")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    wanted = [(options.models[0], REFERENCE_HEIGHT), *product(options.models[1:], options.heights)]
    estimators = [pose.load(model, threads=THREADS, height=height) for model, height in wanted]
    sample = cv2.imread(str(PICTURE)).astype(np.uint8, copy=False)
    costs = measure_costs(estimators, sample, TURNS)
    sets = {name: audited(read_shard(pictures / f"{name}.tar")) for name in SHARDS}
    print("| model | height | network, ms | times | whole, ms | times |", " | ".join(map(" ".join, FIGURES)), "|")
    print("|---" * (6 + len(FIGURES)) + "|")
    rows = []
    for estimator, cost in zip(estimators, costs, strict=True):
        rows.append(Row(_name(estimator), estimator.height, cost, _figures(estimator, sets)))
        print(_line(rows[-1]), flush=True)
    draw(rows, DRAWING)


def measure_costs(estimators: Sequence[Estimator], picture: NDArray[np.uint8], turns: int) -> list[Cost]:
    """The cost of each on the picture, (H, W, 3) uint8 BGR, relative to the first; runs alternate, to share noise."""
    for estimator in estimators:
        estimator(picture)
    timings = [[estimator(picture).timings_ms for estimator in estimators] for _ in range(turns)]
    network = np.array([[taken["network"] for taken in turn] for turn in timings])
    whole = np.array([[sum(taken.values()) for taken in turn] for turn in timings])
    columns = [each for ms in (network, whole) for each in (np.median(ms, 0), np.median(ms / ms[:, :1], 0))]
    return [Cost(*row) for row in np.transpose(columns).tolist()]


def _name(estimator: Estimator) -> str:
    return f"{estimator.model.name} {estimator.model.version}"


def _figures(estimator: Estimator, sets: Mapping[str, Sequence[LabelledPicture]]) -> dict[Figure, float]:
    measured = {}
    for name, pictures in sets.items():
        people = [estimator(picture.pixels).people for picture in tqdm(pictures, desc=name, unit="picture")]
        measured[name] = SHARDS[name](pictures, people)(np.arange(len(pictures)))
    return {(name, figure): measured[name][figure] for name, figure in FIGURES}


def _line(row: Row) -> str:
    cost = row.cost
    times = f"{cost.network:.1f} | {cost.network_times:.2f} | {cost.whole:.1f} | {cost.whole_times:.2f}"
    return f"| {row.model} | {row.height} | {times} | {' | '.join(f'{v:.1f}' for v in row.figures.values())} |"


def draw(rows: Sequence[Row], path: Path) -> None:
    """AP and heads found over the network's time, a curve a model, each point marked with its height."""
    mpl.use("svg")
    figure, axes = pyplot.subplots(1, len(DRAWN), figsize=(5 * len(DRAWN), 4.5), sharex=True)
    for plot, drawn in zip(axes, DRAWN, strict=True):
        for model in dict.fromkeys(row.model for row in rows):
            points = [(row.cost.network, row.figures[drawn], row.height) for row in rows if row.model == model]
            plot.plot([x for x, _, _ in points], [y for _, y, _ in points], "o-", label=model)
            for x, y, height in points:
                plot.annotate(f"{height}", (x, y), textcoords="offset points", xytext=(4, 4))
        plot.set(xlabel="network, ms", ylabel=" ".join(drawn))
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
