"""`python -m pose data`: convert, check, draw, weigh and fetch labelled pictures."""

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

from pose.data.labels import SHELL, WHOLE_HEAD
from pose.errors import shown
from pose.estimation.estimator import load
from pose.estimation.model import SHIPPED
from pose.train.augment import AugmentConfig
from pose.train.augment.crops import cut, plan
from pose.train.augment.draw_targets import draw_sheet
from pose.train.data.cache import Cache
from pose.train.data.coco_download import OWNER, fetch
from pose.train.data.conversion.classes import DEFAULTS, KINDS_TOLD, kinds_of, read_map
from pose.train.data.conversion.convert import Meaning, write_shard
from pose.train.data.conversion.folder import AnnotatedFolder, read_folder
from pose.train.data.examples import DataConfig, Example
from pose.train.data.sources import parse_source, read_source, with_kind
from pose.train.data.summary import summarise
from pose.train.data.weigh import Weights, find_hard
from pose.train.networks.layout import FIELDS

BOXES = {"whole": WHOLE_HEAD, "shell": SHELL}
SHEET_CROPS = 12
CROP_SIZE = 256


def main(arguments: Sequence[str]) -> int:
    """Run `convert`, `check`, `weigh` or `fetch`."""
    options = _parser().parse_args(arguments)
    return {"convert": _convert, "check": _check, "weigh": _weigh, "fetch": _fetch}[options.action](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pose data", description="Labelled pictures.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_convert(actions.add_parser("convert", help="make a shard of pictures with head boxes as VOC, YOLO or COCO"))
    _add_check(actions.add_parser("check", help="count the contents of sources, and draw crops of them"))
    _add_weigh(actions.add_parser("weigh", help="find the pictures that a network gets wrong, for `data.weights`"))
    fetching = actions.add_parser("fetch", help="download a data set from its owner")
    fetching.add_argument("name", choices=["coco2017"])
    fetching.add_argument("folder", type=Path, metavar="DIR", help="needs 27 GB, and 20 GB more while unpacking")
    fetching.add_argument("--base-url", default=OWNER, metavar="URL", help="a mirror of %(default)s")
    return parser


def _add_convert(convert: argparse.ArgumentParser) -> None:
    convert.add_argument(
        "source", type=Path, metavar="IN", help="a folder of pictures with VOC .xml or YOLO .txt files, or a COCO .json"
    )
    convert.add_argument("--out", type=Path, required=True, metavar="OUT.tar", help="the shard to write")
    convert.add_argument(
        "--heads", choices=["all", "some"], required=True, help="whether all heads in the pictures have a box, or some"
    )
    convert.add_argument(
        "--boxes",
        choices=BOXES,
        default="whole",
        help="whole: boxes enclose whole heads, with the helmet; shell: those of helmets enclose the helmet alone "
        "(%(default)s)",
    )
    convert.add_argument(
        "--map",
        nargs="+",
        action="extend",
        default=[],
        metavar="CLASS=KIND",
        help=f"what the boxes of a class are: {KINDS_TOLD}. Known, however they are spelt: {', '.join(DEFAULTS)}",
    )


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


def _convert(options: argparse.Namespace) -> int:
    known = read_map(options.map)
    if options.out.exists():
        raise ValueError(f"--out: expected a new file, got {options.out}, which exists")
    found = read_folder(options.source)
    try:
        classes = kinds_of((box.name for _, annotation in found.pairs for box in annotation.boxes), known)
    except ValueError as error:
        raise ValueError(f"{options.source}: {error}") from error
    meaning = Meaning(
        kinds={name: kind for name, kind, _ in classes},
        boxes=BOXES[options.boxes],
        heads_complete=options.heads == "all",
    )
    pairs = tqdm(found.pairs, desc="converting pictures", unit="picture", disable=None)
    write_shard(options.out, found.folder, pairs, meaning)
    for line in _converted(found, classes):
        print(line)
    print(f"wrote {options.out}")
    return 0


def _converted(found: AnnotatedFolder, classes: Sequence[tuple[str, str, int]]) -> Iterator[str]:
    yield f"{len(found.pairs)} pictures with {found.kind} annotations"
    for name, kind, count in classes:
        yield f"  {shown(name):<20}{count:>6}  {kind}"
    for what, left in (("without annotation", found.unlabelled), ("not found", found.missing)):
        if left:
            yield f"left out: {len(left)} pictures {what}, such as {shown(str(left[0]))}"


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
