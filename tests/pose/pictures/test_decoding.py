"""Every kind of picture file that a client may send becomes an upright BGR array."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from pose.pictures.decoding import Picture, decode, to_bgr
from tests.pose.pictures.exif import orientation_stored_as
from tests.pose.pictures.made_up_files import (
    BLUE,
    GREEN,
    GREYS,
    HEIGHT,
    PLENTY,
    QUARTERS,
    RED,
    WHITE,
    WIDTH,
    encoded,
    jpeg_with,
    png,
    png_chunk,
)


def corners(picture: Picture) -> list[tuple[int, ...]]:
    inside = [(4, 4), (4, -5), (-5, 4), (-5, -5)]
    return [tuple(int(value) for value in picture.pixels[y, x]) for y, x in inside]


def assert_close(found, expected, tolerance=6):
    assert np.abs(np.array(found, int) - np.array(expected, int)).max() <= tolerance, found


@pytest.mark.parametrize(
    ("mode", "file_format", "expected"),
    [
        ("RGB", "JPEG", QUARTERS),
        ("L", "JPEG", GREYS),
        ("CMYK", "JPEG", QUARTERS),
        ("RGB", "MPO", QUARTERS),
        ("RGB", "PNG", QUARTERS),
        ("L", "PNG", GREYS),
        ("LA", "PNG", GREYS),
        ("I;16", "PNG", GREYS),
        ("P", "PNG", QUARTERS),
        ("RGBA", "PNG", QUARTERS),
        ("transparent", "PNG", QUARTERS),
        ("RGB", "BMP", QUARTERS),
        ("L", "BMP", GREYS),
        ("P", "BMP", QUARTERS),
        ("transparent", "BMP", QUARTERS),
        ("RGB", "WEBP", QUARTERS),
        ("RGBA", "WEBP", QUARTERS),
    ],
)
def test_every_mode_becomes_bgr(mode, file_format, expected):
    picture = decode(encoded(mode, file_format), PLENTY)
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert_close(corners(picture), expected)


@pytest.mark.parametrize("file_format", ["PNG", "BMP"])
def test_black_and_white(file_format):
    assert corners(decode(encoded("1", file_format), PLENTY))[3] == WHITE


@pytest.mark.parametrize(
    ("colour", "channels", "bgr"),
    [(2, (0x1234, 0x56FF, 0x9A00), (0x9A, 0x56, 0x12)), (6, (0x1234, 0x56FF, 0x9A00, 0), (0x9A, 0x56, 0x12))],
)
def test_sixteen_bit_colour_keeps_its_high_byte(colour, channels, bgr):
    data = png(1, 1, b"\0" + struct.pack(f">{len(channels)}H", *channels), depth=16, colour=colour)
    assert tuple(decode(data, PLENTY).pixels[0, 0]) == bgr


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "mirrored", "rotated", "expected"),
    [
        (1, False, 0, [RED, GREEN, BLUE, WHITE]),
        (2, True, 0, [GREEN, RED, WHITE, BLUE]),
        (3, False, 180, [WHITE, BLUE, GREEN, RED]),
        (4, True, 180, [BLUE, WHITE, RED, GREEN]),
        (5, True, 270, [RED, BLUE, GREEN, WHITE]),
        (6, False, 90, [BLUE, RED, WHITE, GREEN]),
        (7, True, 90, [WHITE, GREEN, BLUE, RED]),
        (8, False, 270, [GREEN, WHITE, RED, BLUE]),
    ],
)
def test_exif_orientation_is_undone(file_format, orientation, mirrored, rotated, expected):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded("RGB", file_format, exif=exif), PLENTY)
    assert (picture.mirrored, picture.rotated) == (mirrored, rotated)
    assert (picture.width, picture.height) == ((WIDTH, HEIGHT) if rotated in (0, 180) else (HEIGHT, WIDTH))
    assert_close(corners(picture), expected)


@pytest.mark.parametrize(
    ("file_format", "orientation", "rows", "decoded"),
    [
        ("JPEG", 1, 16, (24, 16)),
        ("JPEG", 1, 15, (24, 16)),
        ("JPEG", 1, 17, (48, 32)),
        ("JPEG", 1, 8, (12, 8)),
        ("JPEG", 1, 1, (6, 4)),
        ("JPEG", 1, 500, (48, 32)),
        ("JPEG", 6, 24, (16, 24)),
        ("JPEG", 6, 25, (32, 48)),
        ("PNG", 1, 8, (48, 32)),
    ],
)
def test_a_smaller_copy_has_the_rows_that_are_enough_and_tells_the_pictures_own_size(
    file_format, orientation, rows, decoded
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded("RGB", file_format, exif=exif)
    whole, copy = decode(data, PLENTY), decode(data, PLENTY, rows)
    assert copy.pixels.shape == (decoded[1], decoded[0], 3)
    assert (copy.width, copy.height) == (whole.width, whole.height)
    inside = [(1, 1), (1, -2), (-2, 1), (-2, -2)]
    assert_close([copy.pixels[at] for at in inside], corners(whole), tolerance=12)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "form", "numbers", "rotated"),
    [
        (1, "B", [6], 90),
        (3, "H", [6], 90),
        (4, "I", [6], 90),
        (5, "II", [6, 1], 90),
        (5, "II", [12, 2], 90),
        (8, "h", [6], 90),
        (9, "i", [6], 90),
        (10, "ii", [-6, -1], 90),
        (11, "f", [6], 90),
        (12, "d", [6], 90),
        (4, "I", [9], 0),
        (5, "II", [13, 2], 0),
        (5, "II", [6, 0], 0),
        (9, "i", [-6], 0),
        (11, "f", [float("nan")], 0),
        (2, "B", [6], 0),
        (7, "B", [6], 0),
    ],
)
def test_an_orientation_is_read_whatever_type_of_number_holds_it(order, kind, form, numbers, rotated):
    exif = orientation_stored_as(kind, order, struct.pack(order + form, *numbers))
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    assert decode(jpeg_with(segment), PLENTY).rotated == rotated


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0no TIFF",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\0\0\0\x01\0\x09\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + b"\x01\x12\0\x02\0\0\0\x01\0\x06\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0" + b"\x12\x01\x03\0\x01",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(12) * 4000,
    ],
    ids=["empty", "no TIFF", "offset outside", "value 9", "wrong type", "cut", "65535 entries"],
)
def test_broken_exif_is_ignored(exif):
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    picture = decode(jpeg_with(segment), PLENTY)
    assert (picture.width, picture.rotated, picture.mirrored) == (WIDTH, 0, False)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 4000), (4000, 1)])
def test_thin_pictures_are_pictures(width, height):
    picture = decode(png(width, height, (b"\0" + b"\x01\x02\x03" * width) * height), PLENTY)
    assert picture.pixels.shape == (height, width, 3)
    assert tuple(picture.pixels[-1, -1]) == (3, 2, 1)


@pytest.mark.parametrize(
    "data",
    [
        jpeg_with(b"\xff\xe5\x00\x04xx", 900),
        jpeg_with(b"\xff\xff\xff\xff"),
        encoded("RGB", "JPEG", progressive=True),
        encoded("RGB", "JPEG") + b"\xff\xd8\xff\xe1 a second picture" * 100,
        png(1, 1, b"\0abc", extra=png_chunk(b"acTL", struct.pack(">II", 1, 0))),
        png(1, 1, b"\0abc", extra=png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(5_000_000))) * 100),
        png(1, 1, b"\0abc", extra=png_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(5_000_000)))),
        png(1, 1, b"\0abc" + bytes(5_000_000)),
    ],
    ids=["segments", "fill bytes", "progressive", "trailer", "one frame", "text bomb", "profile bomb", "pixels over"],
)
def test_unusual_but_harmless_files_are_pictures(data):
    assert decode(data, PLENTY).pixels.size > 0


def test_a_large_picture_becomes_bgr_without_whole_copies_on_the_way():
    rgb = np.arange(3 * 3000 * 2001, dtype=np.uint32).astype(np.uint8).reshape(2001, 3000, 3)
    image = Image.fromarray(rgb)
    tracemalloc.start()
    pixels = to_bgr(image)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.array_equal(pixels, rgb[:, :, ::-1])
    assert peak < 1.7 * pixels.nbytes
