"""`python -m pose data`: check, draw, weigh and fetch labelled pictures."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from pose.estimation.estimator import load
from pose.estimation.model import SHIPPED
from pose.train.augment import AugmentConfig
from pose.train.augment.crops import cut, plan
from pose.train.augment.draw_targets import draw_sheet
from pose.train.data.cache import Cache
from pose.train.data.coco_download import OWNER, fetch
from pose.train.data.examples import DataConfig, Example
from pose.train.data.sources import parse_source, read_source, with_kind
from pose.train.data.summary import summarise
from pose.train.data.weigh import Weights, find_hard
from pose.train.networks.layout import FIELDS

SHEET_CROPS = 12
CROP_SIZE = 256


def main(arguments: Sequence[str]) -> int:
    """Run `check`, `weigh` or `fetch`."""
    options = _parser().parse_args(arguments)
    return {"check": _check, "weigh": _weigh, "fetch": _fetch}[options.action](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pose data", description="Labelled pictures.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_check(actions.add_parser("check", help="count the contents of sources, and draw crops of them"))
    _add_weigh(actions.add_parser("weigh", help="find the pictures that a network gets wrong, for `data.weights`"))
    fetching = actions.add_parser("fetch", help="download a data set from its owner")
    fetching.add_argument("name", choices=["coco2017"])
    fetching.add_argument("folder", type=Path, metavar="DIR", help="needs 27 GB, and 20 GB more while unpacking")
    fetching.add_argument("--base-url", default=OWNER, metavar="URL", help="a mirror of %(default)s")
    return parser


def _add_check(check: argparse.ArgumentParser) -> None:
    defaults = DataConfig()
    _add_sources(check)
    check.add_argument("--draw", type=Path, metavar="OUT", help="a folder for sheets of augmented crops with targets")
    check.add_argument("--samples", type=int, default=SHEET_CROPS, help="how many crops to draw (%(default)s)")
    check.add_argument("--seed", type=int, default=0, help="another seed draws other crops (%(default)s)")
    check.add_argument(
        "--teacher-target",
        type=float,
        default=defaults.teacher_target,
        metavar="CONFIDENCE",
        help="from this confidence on, a teacher's keypoint is a target (%(default)s)",
    )
    check.add_argument(
        "--teacher-absent",
        type=float,
        default=defaults.teacher_absent,
        metavar="CONFIDENCE",
        help="up to this confidence, a teacher's keypoint is absent; between the two it is unsure (%(default)s)",
    )


def _add_weigh(weigh: argparse.ArgumentParser) -> None:
    _add_sources(weigh)
    weigh.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="the network (%(default)s)")
    weigh.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="a file for the pictures' weights")
    weigh.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    for what, head in (
        ("ghost", "head found where none is labelled"),
        ("missed", "labelled head that is not found"),
        ("bare", "bare head"),
    ):
        more = f"what each {head} adds to a picture's weight, which is 1 (%(default)s)"
        weigh.add_argument(f"--{what}", type=float, default=getattr(Weights(), what), metavar="MORE", help=more)
    weigh.add_argument("--most", type=float, default=Weights().most, help="the greatest weight (%(default)s)")


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        type=with_kind,
        help="[WEIGHT*]shard:FILE.tar (`shard:` may be left out), [WEIGHT*]coco:ANNOTATIONS.json,PICTURES_DIR or "
        "[WEIGHT*]package.module:function=ARGUMENT (docs/custom-data.md)",
    )


def _weigh(options: argparse.Namespace) -> int:
    weights = Weights(ghost=options.ghost, missed=options.missed, bare=options.bare, most=options.most)
    config = DataConfig(sources=options.sources)
    examples = (example for text in config.sources for example in read_source(parse_source(text), config))
    hard = list(
        find_hard(
            tqdm(examples, desc="looking at pictures", unit="picture", disable=None),
            load(options.model, threads=options.threads),
        )
    )
    factors = {each.name: weight for each in hard if (weight := each.weight(weights)) != 1}
    options.out.write_text(json.dumps(factors, indent=1) + "\n", encoding="utf-8")
    print(f"{len(hard)} pictures with every head labelled, {len(factors)} of them hard")
    for what in ("ghosts", "missed", "bare"):
        counts = [getattr(each, what) for each in hard]
        print(f"  {what:<7} {sum(counts):>6} in {sum(count > 0 for count in counts)} pictures")
    print(f"wrote {options.out}")
    return 0


def _check(options: argparse.Namespace) -> int:
    if options.samples < 1:
        raise ValueError(f"--samples: expected at least 1, got {options.samples}")
    config = DataConfig(
        sources=options.sources,
        teacher_target=options.teacher_target,
        teacher_absent=options.teacher_absent,
    )
    sample = Sample(options.samples if options.draw else 0, options.seed)
    for text in config.sources:
        examples = tqdm(
            read_source(parse_source(text), config), desc="reading pictures", unit="picture", leave=False, disable=None
        )
        print(text)
        for line in summarise(sample.watch(examples)).lines():
            print(f"  {line}")
    for path in _draw(sample.kept, config, options):
        print(f"wrote {path}")
    return 0


class Sample:
    """A uniform sample of a stream of examples (Vitter's reservoir), so that memory holds the sample alone."""

    def __init__(self, size: int, seed: int) -> None:
        self.kept: list[Example] = []
        self._size = size
        self._seen = 0
        self._rng = np.random.default_rng(seed)

    def watch(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Yield all examples and keep some."""
        for example in examples:
            self._seen += 1
            place = int(self._rng.integers(self._seen))
            if len(self.kept) < self._size:
                self.kept.append(example)
            elif place < self._size:
                self.kept[place] = example
            yield example


def _draw(examples: Sequence[Example], config: DataConfig, options: argparse.Namespace) -> Iterator[Path]:
    if not examples:
        return
    augment, rng = AugmentConfig(), np.random.default_rng(options.seed)
    options.draw.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache.build(Path(folder) / "cache", (replace(e, weight=1.0) for e in examples), config.longest)
        crops = cut(cache, plan(cache, np.arange(len(cache)), augment, CROP_SIZE, rng), augment)
    for sheet, start in enumerate(range(0, len(crops), SHEET_CROPS)):
        path = options.draw / f"sheet-{sheet}.png"
        if not cv2.imwrite(str(path), draw_sheet(crops[start : start + SHEET_CROPS], FIELDS)):
            raise OSError(f"{path}: could not be written")
        yield path


def _fetch(options: argparse.Namespace) -> int:
    for line in fetch(options.folder, base_url=options.base_url):
        print(line)
    for part in ("train2017", "val2017"):
        print(f"source: coco:{options.folder}/annotations/person_keypoints_{part}.json,{options.folder}/{part}")
    return 0
