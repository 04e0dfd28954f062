"""`python -m pose predict`: find the people in pictures, and print, draw or write them as JSON."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

import pose
from pose.data.lookalikes import lookalike
from pose.errors import shown
from pose.estimation.estimator import checked
from pose.estimation.model import SHIPPED
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.estimation.views import Views, look
from pose.pictures.decoding import MOST_PIXELS, decode, to_bgr, turned
from pose.pictures.drawing import draw_heads, draw_skeletons
from pose.pictures.exif import TURNS, orientation
from pose.pictures.headers import PictureError, is_read
from pose.runtimes import PRECISIONS, RUNTIMES
from pose.skeleton import named_keypoints


def main(arguments: Sequence[str]) -> int:
    """Find the people of each picture; 1 when a picture could not be read."""
    return _predict(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pose predict", description="Find the people in pictures.")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--json", action="store_true", help="print a JSON object per picture, each on a line")
    parser.add_argument(
        "--draw", type=Path, metavar="OUT", help="a file for the drawn picture, or a folder for several"
    )
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the network's input height in pixels")
    parser.add_argument("--runtime", choices=("auto", *RUNTIMES), default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    return parser


def _predict(options: argparse.Namespace) -> int:
    if options.draw is not None:
        _check_drawing(options.draw, options.pictures)
    estimator = checked(partial(_load, options), options.precision, _read)
    unreadable = 0
    for path in tqdm(options.pictures, unit="picture", disable=len(options.pictures) == 1 or None):
        try:
            picture = _read(path)
        except Exception as error:  # noqa: BLE001  Pillow's decoders raise errors of any class for broken files
            got = " ".join(str(error).split()) or type(error).__name__
            tqdm.write(f"{path}: expected a picture, got: {got}", file=sys.stderr)
            unreadable += 1
            continue
        people = look(estimator, picture, Views()).people
        tqdm.write(_as_json(path, people) if options.json else f"{path}: {len(people)} people", file=sys.stdout)
        if options.draw is not None:
            _write(
                _drawn_path(options.draw, path, options.pictures), draw_heads(draw_skeletons(picture, people), people)
            )
    return 1 if unreadable else 0


def _load(options: argparse.Namespace, precision: str) -> pose.Estimator:
    return pose.load(
        options.model, runtime=options.runtime, precision=precision, threads=options.threads, height=options.height
    )


def _check_drawing(out: Path, pictures: Sequence[Path]) -> None:
    """ValueError when the drawn picture would have an unknown format, or two of them the same name."""
    # OpenCV crashes on names that are not UTF-8.
    if _is_file(out, pictures) and not (out.suffix.isascii() and cv2.haveImageWriter(f"drawn{out.suffix}")):
        raise ValueError(f"--draw: expected a folder or a picture's name such as drawn.png, got {shown(str(out))}")
    name, count = Counter(picture.stem for picture in pictures).most_common(1)[0]
    if count > 1:
        raise ValueError(f"--draw: expected pictures of different names, got {count} of {name}")


def _read(path: Path) -> NDArray[np.uint8]:
    """A picture of the service's formats, read as the service does, or of another format that Pillow knows."""
    data = path.read_bytes()
    if not is_read(data):
        return _read_other(path, data)
    try:
        return decode(data, MOST_PIXELS).pixels
    except PictureError as error:
        raise ValueError(error.got) from error


def _read_other(path: Path, data: bytes) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            mirrored, rotated = TURNS[orientation(picture.info.get("exif", b""))]
            return turned(to_bgr(picture), mirrored=mirrored, rotated=rotated)
    except UnidentifiedImageError as error:
        raise ValueError(lookalike(path) or f"{len(data)} bytes of no known picture format") from error


def _as_json(path: Path, people: Sequence[pose.Person]) -> str:
    return json.dumps({"picture": str(path), "people": [_person_as_json(person) for person in people]})


def _person_as_json(person: pose.Person) -> dict[str, object]:
    worn = person.headwear
    return {
        "score": round(person.score, 3),
        "keypoints": named_keypoints(person),
        "headwear": worn and {"helmet": round(worn.helmet, 3), "bare": round(worn.bare, 3)},
    }


def _is_file(out: Path, pictures: Sequence[Path]) -> bool:
    return len(pictures) == 1 and bool(out.suffix)


def _drawn_path(out: Path, picture: Path, pictures: Sequence[Path]) -> Path:
    if _is_file(out, pictures):
        return out
    out.mkdir(parents=True, exist_ok=True)
    return out / f"{picture.stem}.jpg"


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    written, data = cv2.imencode(path.suffix, picture)
    if not written:
        raise OSError(f"{path}: could not be written")
    path.write_bytes(data.tobytes())  # cv2.imwrite refuses names that are not UTF-8
