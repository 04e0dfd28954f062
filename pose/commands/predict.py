"""`python -m pose predict`: find the people in pictures and videos, and print, draw or write them as JSON."""

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
from pose.commands.person_json import hands_json, person_json
from pose.data.lookalikes import lookalike
from pose.errors import shown
from pose.estimation.estimator import checked
from pose.estimation.model import SHIPPED, read_model
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.estimation.views import Views, look
from pose.openpose_json import openpose_json, write_openpose_json
from pose.pictures.decoding import MOST_PIXELS, decode, to_bgr, turned
from pose.pictures.drawing import draw_hands, draw_heads, draw_skeletons
from pose.pictures.exif import TURNS, orientation
from pose.pictures.headers import PictureError, is_read
from pose.runtimes import PRECISIONS, RUNTIMES
from pose.video.options import add_moving_options
from pose.video.reading import VideoError
from pose.video.sources import file_stem, is_moving, name_of


def main(arguments: Sequence[str]) -> int:
    """Find the people of each picture and video; 1 when one could not be read."""
    return _predict(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose predict", description="Find the people in pictures and videos."
    )
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE",
        help="picture and video files, numbers of cameras, rtsp:// and http:// addresses",
    )  # fmt: skip
    parser.add_argument(
        "--json", "--json-lines", action="store_true",
        help="print a JSON object per picture, and per frame that is looked at, each on a line",
    )  # fmt: skip
    parser.add_argument(
        "--draw", type=Path, metavar="OUT", help="a file for the drawn picture or video, or a folder for several"
    )
    parser.add_argument(
        "--write-json", type=Path, metavar="DIR",
        help="a folder for OpenPose's own JSON: NAME_keypoints.json of each picture, "
        "NAME_000000000000_keypoints.json of each frame that is looked at",
    )  # fmt: skip
    parser.add_argument(
        "--hands", action="store_true", help="find people's hands too, for --json, --draw and --write-json"
    )
    add_moving_options(parser)
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the network's input height in pixels")
    parser.add_argument("--runtime", choices=("auto", *RUNTIMES), default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    return parser


def _predict(options: argparse.Namespace) -> int:
    if options.draw is not None:
        _check_names("--draw", options.sources)
        _check_drawing(options.draw, options.sources)
    if options.write_json is not None:
        _check_names("--write-json", options.sources)
    if options.hands and read_model(options.model).hands is None:
        raise ValueError(f"--hands: expected a model that finds hands, got {options.model}")
    estimator = checked(partial(_load, options), options.precision, _read)
    unreadable = _predict_pictures(estimator, options)
    for source in filter(is_moving, options.sources):
        unreadable += _predict_moving(estimator, source, options)
    return 1 if unreadable else 0


def _predict_pictures(estimator: pose.Estimator, options: argparse.Namespace) -> int:
    """Returns how many could not be read."""
    pictures = [Path(source) for source in options.sources if not is_moving(source)]
    unreadable = 0
    for path in tqdm(pictures, unit="picture", disable=len(pictures) <= 1 or None):
        try:
            picture = _read(path)
        except Exception as error:  # noqa: BLE001  Pillow's decoders raise errors of any class for broken files
            got = " ".join(str(error).split()) or type(error).__name__
            tqdm.write(f"{path}: expected a picture, got: {got}", file=sys.stderr)
            unreadable += 1
            continue
        found = look(estimator, picture, Views(), hands=options.hands)
        count = f"{path}: {len(found.people)} people"
        tqdm.write(_as_json(path, found, hands=options.hands) if options.json else count, file=sys.stdout)
        if options.draw is not None:
            drawn = draw_heads(draw_skeletons(picture, found.people), found.people)
            _write(_drawn_path(options.draw, str(path), options.sources), draw_hands(drawn, found.hands))
        if options.write_json is not None:
            content = openpose_json(found.people, found.hands if options.hands else None)
            write_openpose_json(options.write_json, path.stem, content)
    return unreadable


def _predict_moving(estimator: pose.Estimator, source: str, options: argparse.Namespace) -> int:
    """Returns 1 when it could not be looked at to its end, else 0."""
    from pose.commands.moving import Wanted, predict_moving  # noqa: PLC0415  pictures need no FFmpeg

    drawn = _drawn_path(options.draw, source, options.sources) if options.draw else None
    wanted = Wanted(drawn, options.write_json, options.show, options.json, options.every, options.hands)
    try:
        if drawn:
            drawn.parent.mkdir(parents=True, exist_ok=True)
        trouble = predict_moving(estimator, source, wanted)
    except (VideoError, OSError) as error:
        trouble = str(error)
    if trouble:
        print(f"{name_of(source)}: expected a whole video, got: {trouble}", file=sys.stderr)
    return int(bool(trouble))


def _load(options: argparse.Namespace, precision: str) -> pose.Estimator:
    return pose.load(
        options.model, runtime=options.runtime, precision=precision, threads=options.threads, height=options.height
    )


def _check_names(option: str, sources: Sequence[str]) -> None:
    """ValueError when two files that an option asks for would have the same name."""
    stems = [file_stem(source) if is_moving(source) else Path(source).stem for source in sources]
    name, count = Counter(stems).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{option}: expected pictures of different names, got {count} of {name}")


def _check_drawing(out: Path, sources: Sequence[str]) -> None:
    """ValueError when a drawing would have an unknown format or replace a source."""
    if _is_file(out, sources):
        _check_ending(out, sources[0])
    taken = {Path(source).resolve() for source in sources}
    for source in sources:
        place = _drawn_path(out, source, sources)
        if place.resolve() in taken:
            raise ValueError(f"--draw: expected a place that holds no source, got {shown(str(place))}")


def _check_ending(out: Path, source: str) -> None:
    if is_moving(source):
        is_known, example = out.suffix.lower() == ".mp4", "a video's name such as drawn.mp4"
    else:
        # OpenCV crashes on names that are not UTF-8.
        is_known = out.suffix.isascii() and cv2.haveImageWriter(f"drawn{out.suffix}")
        example = "a picture's name such as drawn.png"
    if not is_known:
        raise ValueError(f"--draw: expected a folder or {example}, got {shown(str(out))}")


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


def _as_json(path: Path, found: pose.Estimate, *, hands: bool) -> str:
    people = {"people": [person_json(person) for person in found.people]}
    return json.dumps({"picture": str(path), **people, **hands_json(found.hands, asked=hands)})


def _is_file(out: Path, sources: Sequence[str]) -> bool:
    return len(sources) == 1 and bool(out.suffix)


def _drawn_path(out: Path, source: str, sources: Sequence[str]) -> Path:
    """Where the drawing of a source goes: `out` itself, or a file in it if that is a folder."""
    if _is_file(out, sources):
        return out
    return out / (f"{file_stem(source)}.mp4" if is_moving(source) else f"{Path(source).stem}.jpg")


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    written, data = cv2.imencode(path.suffix, picture)
    if not written:
        raise OSError(f"{path}: could not be written")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.tobytes())  # cv2.imwrite refuses names that are not UTF-8
