"""How many damaged pictures the decoder refuses; it must read whole ones: `python -m benchmarks.damaged_pictures`.

It damages the coded pixels of `samples/` at random, in every format: it drops a packet of 1,460 bytes, or cuts off the
rest and adds an end marker, or zeroes the rest. Damages count that change more than 1 % of the picture's area. Whole
pictures are samples and, where PICTURES_DIR is set, cameras' pictures, as different encoders and cameras write them.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from benchmarks.folders import folder
from pose.data.shards import read_shard
from pose.pictures.decoding import decode
from pose.pictures.headers import PictureError
from samples.demo import ROOT

PACKET: Final = 1460  # bytes of payload in an Ethernet frame's TCP segment
_PIXELS: Final = 40_000_000
_CHANGED: Final = 0.01  # of the area
_SHARD: Final = "tune-cctv.tar"
_PICTURES: Final = 100  # of the shard


@dataclass(frozen=True, slots=True)
class File:
    """A picture file whose coded pixels are `data[start:end]`."""

    data: bytes
    start: int
    end: int


def jpeg_file(data: bytes) -> File:
    """A JPEG; its coded pixels are the first scan and all that follows, to the end marker."""
    return File(data, data.index(b"\xff\xda") + 14, len(data) - 2)


def png_file(data: bytes) -> File:
    """A PNG; its coded pixels are all between IHDR and IEND."""
    return File(data, 33, len(data) - 12)


def webp_file(data: bytes) -> File:
    """A WebP with one chunk, as Pillow writes it; its coded pixels are that chunk without its head."""
    return File(data, 30, len(data))


def packet_lost(file: File, at: int) -> bytes:
    """The file without `PACKET` bytes."""
    return file.data[:at] + file.data[min(at + PACKET, file.end) :]


def cut_and_ended(file: File, at: int) -> bytes:
    """The file cut off, with the end of its format: a marker or, for a WebP, two corrected lengths."""
    data = file.data[:at] + file.data[file.end :]
    if data.startswith(b"RIFF"):
        data += bytes(len(data) % 2)
        data = b"RIFF" + struct.pack("<I", len(data) - 8) + data[8:16] + struct.pack("<I", len(data) - 20) + data[20:]
    return data


def zeroed(file: File, at: int) -> bytes:
    """The file with zeros from a position on."""
    return file.data[:at] + bytes(file.end - at) + file.data[file.end :]


DAMAGES: Final[tuple[Callable[[File, int], bytes], ...]] = (packet_lost, cut_and_ended, zeroed)


def by_pillow(picture: Image.Image, file_format: str, **options: Any) -> bytes:  # noqa: ANN401  Pillow's own options
    """The file that Pillow writes."""
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


FORMATS: Final[Mapping[str, Callable[[Image.Image], File]]] = {
    "JPEG, as samples are": lambda picture: jpeg_file(by_pillow(picture, "JPEG", quality=85)),
    "JPEG, a restart marker a row": lambda p: jpeg_file(by_pillow(p, "JPEG", quality=85, restart_marker_rows=1)),
    "JPEG, restart markers each 4": lambda p: jpeg_file(by_pillow(p, "JPEG", quality=85, restart_marker_blocks=4)),
    "JPEG, progressive": lambda picture: jpeg_file(by_pillow(picture, "JPEG", quality=85, progressive=True)),
    "PNG": lambda picture: png_file(by_pillow(picture, "PNG", compress_level=1)),
    "WebP": lambda picture: webp_file(by_pillow(picture, "WEBP", quality=80)),
    "WebP, lossless": lambda picture: webp_file(by_pillow(picture, "WEBP", lossless=True, quality=20, method=1)),
}


def by_opencv(picture: Image.Image, *options: int) -> bytes:
    """The JPEG that OpenCV writes."""
    return cv2.imencode(".jpg", np.asarray(picture)[..., ::-1], options)[1].tobytes()


def without_huffman_tables(data: bytes) -> bytes:
    """A JPEG of the standard's Huffman tables with these left out, as in MJPEG's frames."""
    while (at := data.find(b"\xff\xc4")) >= 0:
        data = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    return data


def with_spare_bytes(data: bytes, count: int = 3) -> bytes:
    """A JPEG with unused bytes before its restart markers, as webcams write."""
    start = data.index(b"\xff\xda")
    return data[:start] + re.sub(rb"(?=\xff[\xd0-\xd7])", bytes([0x5A] * count), data[start:])


def with_zeros_in_the_scan_header(data: bytes) -> bytes:
    """A JPEG whose scan header names no coefficients, as cameras write."""
    end = data.index(b"\xff\xda") + 14
    return data[: end - 3] + bytes(3) + data[end:]


_SAMPLING: Final = cv2.IMWRITE_JPEG_SAMPLING_FACTOR
WHOLE: Final[Mapping[str, Callable[[Image.Image], bytes]]] = {
    "Pillow, quality 30": lambda p: by_pillow(p, "JPEG", quality=30),
    "Pillow, quality 95, 4:4:4": lambda p: by_pillow(p, "JPEG", quality=95, subsampling=0),
    "Pillow, 4:2:2, tables of its own": lambda p: by_pillow(p, "JPEG", subsampling=1, optimize=True),
    "Pillow, progressive": lambda p: by_pillow(p, "JPEG", progressive=True),
    "Pillow, progressive, restart markers": lambda p: by_pillow(p, "JPEG", progressive=True, restart_marker_rows=2),
    "Pillow, restart markers each 4": lambda p: by_pillow(p, "JPEG", restart_marker_blocks=4),
    "Pillow, grey": lambda p: by_pillow(p.convert("L"), "JPEG"),
    "Pillow, CMYK": lambda p: by_pillow(p.convert("CMYK"), "JPEG"),
    "Pillow, RGB": lambda p: by_pillow(p, "JPEG", keep_rgb=True),
    "OpenCV, 4:2:0": by_opencv,
    "OpenCV, 4:1:1": lambda p: by_opencv(p, _SAMPLING, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411),
    "OpenCV, 4:4:0": lambda p: by_opencv(p, _SAMPLING, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440),
    "simplejpeg, 4:4:4": lambda p: simplejpeg.encode_jpeg(np.asarray(p)),
    "without Huffman tables": lambda p: without_huffman_tables(by_pillow(p, "JPEG", subsampling=1)),
    "bytes behind the end marker": lambda p: by_pillow(p, "JPEG") + bytes(700) + b"camera" * 50,
    "fill bytes before the end marker": lambda p: by_pillow(p, "JPEG")[:-2] + b"\xff\xff\xff\xd9",
    "spare bytes before restart markers": lambda p: with_spare_bytes(by_pillow(p, "JPEG", restart_marker_rows=1)),
    "zeros in the scan's header": lambda p: with_zeros_in_the_scan_header(by_pillow(p, "JPEG")),
    "Pillow, PNG": lambda p: by_pillow(p, "PNG", compress_level=1),
    "Pillow, PNG, palette": lambda p: by_pillow(p.quantize(64), "PNG"),
    "Pillow, WebP": lambda p: by_pillow(p, "WEBP"),
    "Pillow, WebP, quality 1, transparent": lambda p: by_pillow(p.convert("RGBA"), "WEBP", quality=1),
    "Pillow, WebP, lossless": lambda p: by_pillow(p, "WEBP", lossless=True, quality=0, method=0),
    "OpenCV, WebP": lambda p: cv2.imencode(".webp", np.asarray(p)[..., ::-1])[1].tobytes(),
}


def main() -> None:
    """Print a table of damages and one of whole pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damages", type=int, default=200, help="in each format")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    samples = [Image.open(path).convert("RGB") for path in sorted((ROOT / "samples").glob("*.jpg"))]
    print("| format | damages | more than 1 % changed | of these refused % | of these not |\n|---|---|---|---|---|")
    for name, encoded in FORMATS.items():
        print(f"| {name} | {options.damages} | {_tried(samples, encoded, options.damages, options.seed)} |", flush=True)
    print("\n| whole pictures | taken |\n|---|---|")
    for name, (taken, count) in whole_pictures([*samples, *_from_cameras()]).items():
        print(f"| {name} | {taken} of {count} |")


def _from_cameras() -> Iterator[Image.Image]:
    pictures = folder("PICTURES_DIR")
    if pictures is not None:
        for labelled in islice(read_shard(pictures / _SHARD), _PICTURES):
            yield Image.fromarray(np.ascontiguousarray(labelled.pixels[..., ::-1]))


def _tried(samples: list[Image.Image], encoded: Callable[[Image.Image], File], damages: int, seed: int) -> str:
    chance = random.Random(seed)
    files = [encoded(sample) for sample in samples]
    wholes = [shown(file.data) for file in files]
    refused, passed = 0, Counter[str]()
    for number in range(damages):
        which, damage = chance.randrange(len(files)), DAMAGES[number % len(DAMAGES)]
        data = damage(files[which], chance.randrange(files[which].start, files[which].end))
        if changed(wholes[which], shown(data)) > _CHANGED:
            refused += is_refused(data)
            passed[damage.__name__] += not is_refused(data)
    changing = refused + passed.total()
    kinds = ", ".join(f"{count} {name}" for name, count in passed.items() if count)
    return f"{changing} | {100 * refused / max(changing, 1):.1f} | {kinds}"


def shown(data: bytes) -> NDArray[np.uint8] | None:
    """The picture (H, W, 3) as a decoder that refuses nothing reads it, or None."""
    try:
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    except (OSError, SyntaxError, ValueError):
        return None


def changed(whole: NDArray[np.uint8] | None, damaged: NDArray[np.uint8] | None) -> float:
    """The share of pixels that differ; 1 where nothing was read."""
    if whole is None or damaged is None or whole.shape != damaged.shape:
        return 1.0
    return float(np.mean((whole != damaged).any(axis=2)))


def is_refused(data: bytes) -> bool:
    """Whether the decoder refuses this file."""
    try:
        decode(data, _PIXELS)
    except PictureError:
        return True
    return False


def whole_pictures(pictures: list[Image.Image]) -> dict[str, tuple[int, int]]:
    """How many whole pictures were read, of how many, by their encoder."""
    return {
        name: (sum(not is_refused(encoded(picture)) for picture in pictures), len(pictures))
        for name, encoded in WHOLE.items()
    }


if __name__ == "__main__":
    main()
