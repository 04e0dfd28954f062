"""Small picture files, and what may become of them on the way: the seeds and the mutations of picture fuzzing."""

from __future__ import annotations

import io
import random
import re
import struct
import zlib

import numpy as np
from PIL import Image

# 0, 1, all ones and their neighbours, as lengths and sizes are written in both orders of bytes.
_TELLING = [struct.pack(order + kind, number) for order in "<>" for kind, number in [
    ("H", 0), ("H", 1), ("H", 0xFFFF), ("H", 0x7FFF), ("I", 0), ("I", 1), ("I", 0xFFFFFFFF), ("I", 0x7FFFFFFF),
    ("I", 0x80000000), ("I", 0xFFFF), ("I", 0x10000),
]]  # fmt: skip
_JPEG_SEGMENT = re.compile(rb"\xff[\xc0-\xfe]")


def picture_files():
    """Small files of every format and kind that the service takes."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 28, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds = [
        ("RGB", "JPEG", {}),
        ("RGB", "JPEG", {"progressive": True, "exif": exif}),
        ("L", "JPEG", {"restart_marker_blocks": 2}),
        ("CMYK", "JPEG", {}),
        ("RGB", "MPO", {}),
        ("RGB", "PNG", {"exif": exif}),
        ("P", "PNG", {}),
        ("1", "PNG", {}),
        ("I;16", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("RGB", "BMP", {}),
        ("P", "BMP", {}),
        ("1", "BMP", {}),
        ("RGBA", "BMP", {}),
        ("RGB", "WEBP", {"exif": exif}),
        ("RGBA", "WEBP", {"lossless": True}),
    ]
    files = []
    for mode, file_format, options in kinds:
        picture = Image.fromarray(pixels)
        if mode == "I;16":
            picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) << 8)
        file = io.BytesIO()
        (picture if mode == "I;16" else picture.convert(mode)).save(file, file_format, **options)
        files.append(file.getvalue())
    return files


def mutated(files, seed):
    """One of the files after one to four mutations, always the same for a seed."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(files))
    for _ in range(chance.randint(1, 4)):
        if data:
            chance.choice(_MUTATIONS)(data, chance, files)
    return _with_sums(bytes(data)) if chance.random() < 0.5 else bytes(data)


def _flip(data, chance, _):
    for _ in range(chance.choice((1, 1, 8))):
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _cut(data, chance, _):
    del data[_place(data, chance) :]


def _tell_wrongly(data, chance, _):
    number = chance.choice(_TELLING)
    at = _place(data, chance)
    data[at : at + len(number)] = number


def _drop(data, chance, _):
    at = _place(data, chance)
    del data[at : at + chance.randint(1, 30)]


def _repeat(data, chance, _):
    at = _place(data, chance)
    data[at:at] = data[at : at + chance.randint(1, 40)] * chance.choice((1, 3, 50))


def _splice(data, chance, files):
    """The beginning of this file and the end of another, of whatever format."""
    other = chance.choice(files)
    data[_place(data, chance) :] = other[chance.randrange(len(other)) :]


def _swap_chunks(data, chance, _):
    """Two pieces of the file that begin as segments or chunks do."""
    starts = [match.start() for match in _JPEG_SEGMENT.finditer(data)]
    starts += [
        at - 4
        for kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"eXIf", b"VP8 ", b"EXIF")
        if (at := data.find(kind)) > 4
    ]
    if len(starts) > 2:
        first, second, third = sorted(chance.sample(starts, 3))
        data[first:third] = data[second:third] + data[first:second]


_MUTATIONS = (_flip, _flip, _cut, _tell_wrongly, _tell_wrongly, _drop, _repeat, _splice, _swap_chunks)


def _place(data, chance):
    """Somewhere, in half of the cases in the first 64 bytes, where headers are."""
    return chance.randrange(min(len(data), chance.choice((64, len(data)))))


def _with_sums(data):
    """A PNG's chunks with their check sums right again, so that decoders look further."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    whole, at = bytearray(data), 8
    while at + 12 <= len(whole):
        end = at + 8 + int.from_bytes(whole[at : at + 4], "big")
        if end + 4 > len(whole):
            break
        whole[end : end + 4] = struct.pack(">I", zlib.crc32(whole[at + 4 : end]))
        at = end + 4
    return bytes(whole)
