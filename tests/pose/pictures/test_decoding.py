"""Every kind of picture file a client may send becomes an upright BGR array or a refusal that says why."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pose.pictures.decoding import Picture, decode
from pose.pictures.headers import PictureError, PictureTooLargeError
from tests.pose.pictures.exif import orientation_stored_as

PLENTY = 1_000_000
WIDTH, HEIGHT = 48, 32
# Quarters in BGR: top left, top right, bottom left, bottom right. No turn or mirroring maps them onto themselves.
RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)
GREYS = [(76, 76, 76), (150, 150, 150), (29, 29, 29), (255, 255, 255)]
QUARTERS = [RED, GREEN, BLUE, WHITE]


def quarters() -> np.ndarray:
    """(32, 48, 3) RGB."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for at, bgr in enumerate(QUARTERS):
        top, left = at // 2 * HEIGHT // 2, at % 2 * WIDTH // 2
        pixels[top : top + HEIGHT // 2, left : left + WIDTH // 2] = bgr[::-1]
    return pixels


def encoded(mode: str, file_format: str, **options) -> bytes:
    picture = Image.fromarray(quarters())
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) << 8 | 0x7F)
    elif mode == "transparent":
        picture = picture.convert("RGBA")
        picture.putalpha(0)
    else:
        picture = picture.convert(mode)
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def moving(file_format: str) -> bytes:
    return encoded("RGB", file_format, save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))])


def corners(picture: Picture) -> list[tuple[int, ...]]:
    inside = [(4, 4), (4, -5), (-5, 4), (-5, -5)]
    return [tuple(int(value) for value in picture.pixels[y, x]) for y, x in inside]


def assert_close(found, expected, tolerance=6):
    assert np.abs(np.array(found, int) - np.array(expected, int)).max() <= tolerance, found


def refusal_of(call) -> PictureError | None:
    try:
        call()
    except PictureError as refusal:
        return refusal
    return None


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, pixels: bytes = b"", *, depth: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def webp_canvas(width: int, height: int) -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (width - 1).to_bytes(3, "little")
    body += (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_with(segment: bytes, times: int = 1) -> bytes:
    data = encoded("RGB", "JPEG")
    return data[:2] + segment * times + data[2:]


def jpeg_sized(width: int, height: int) -> bytes:
    data = encoded("RGB", "JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


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


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "no bytes"),
        (b"hello", "5 bytes of no known picture format"),
        (b"BM", "a truncated BMP"),
        (b"\xff\xd8\xff", "a truncated JPEG"),
        (b"\xff\xd8\xff\xd9", "a truncated JPEG"),
        (b"\x89PNG\r\n\x1a\n", "a truncated PNG"),
        (b"RIFF\0\0\0\0WEBP", "a truncated WebP"),
        (encoded("RGB", "GIF"), "a GIF"),
        (moving("GIF"), "a GIF"),
        (encoded("RGB", "TIFF"), "a TIFF"),
        (b"\0\0\0\x18ftypheic", "a HEIF, AVIF or MP4 file"),
        (moving("PNG"), "an animated PNG"),
        (moving("WEBP"), "an animated WebP"),
        (png(0, 0), "0x0 pixels"),
        (png(5, 0), "5x0 pixels"),
        (bmp(0, 0), "0x0 pixels"),
        (bmp(-5, 5), "-5x5 pixels"),
        (jpeg_sized(0, 0), "0x0 pixels"),
        (png(1000, 1000), "a truncated PNG"),
        (png(6, 4, (b"\0" + bytes(18)) * 2), "a truncated PNG"),  # whole file, half the rows
        (bmp(10, 10), "a broken or truncated BMP"),
        (webp_canvas(10, 10), "a broken or truncated WebP"),
        (jpeg_with(b"\xff\xe5\x00\x02", 1000), "more"),
        (encoded("RGB", "JPEG").replace(b"\xff\xd9", b"\xff\xda\0\2" * 200 + b"\xff\xd9"), "more"),
    ],
)
def test_refusals_say_what_came(data, got):
    with pytest.raises(PictureError) as refusal:
        decode(data, PLENTY)
    assert (type(refusal.value), refusal.value.got) == (PictureError, got)


@pytest.mark.parametrize(("file_format", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("WEBP", "RGB"), ("BMP", "RGB")])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_files_are_refused(file_format, mode, share):
    data = encoded(mode, file_format)
    with pytest.raises(PictureError) as refusal:
        decode(data[: int(len(data) * share)], PLENTY)
    assert "truncated" in refusal.value.got


@pytest.mark.parametrize(
    "data",
    [png(60_000, 60_000), jpeg_sized(65_000, 65_000), bmp(60_000, -60_000), webp_canvas(16_000, 16_000)],
    ids=["PNG", "JPEG", "BMP", "WebP"],
)
def test_too_many_pixels_are_refused_on_the_header_alone(data):
    with pytest.raises(PictureTooLargeError) as refusal:
        decode(data, 40_000_000)
    assert refusal.value.expected == "a picture of at most 40000000 pixels"
    assert refusal.value.got.endswith("000 pixels")


def test_the_pixel_limit_itself_is_allowed():
    data = encoded("RGB", "PNG")
    assert decode(data, WIDTH * HEIGHT).width == WIDTH
    with pytest.raises(PictureTooLargeError):
        decode(data, WIDTH * HEIGHT - 1)


def test_a_large_run_length_bmp_is_refused():
    data = bytearray(bmp(2000, 2000))
    data[30] = 1
    with pytest.raises(PictureError, match="run-length"):
        decode(bytes(data), 40_000_000)


SEEDS = [
    encoded(mode, file_format)
    for mode, file_format in [("RGB", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("I;16", "PNG"), ("P", "BMP")]
] + [encoded("RGBA", "WEBP"), encoded("RGB", "JPEG", progressive=True, exif=Image.Exif())]


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), max_size=6), st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise_anything_but_picture_errors(data, edits, length):
    mutated = bytearray(data)
    for where, what in edits:
        at = int(where * len(mutated))
        mutated[at : at + len(what)] = what
    if length > 0.5:
        mutated = mutated[: int(length * len(mutated))]
    refusal = refusal_of(lambda: decode(bytes(mutated), PLENTY))
    assert refusal is None or len(str(refusal)) < 200


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF\x40\0\0\0WEBPVP8X"]), st.binary())
@settings(max_examples=200, deadline=None)
def test_nonsense_behind_a_magic_number_is_refused(magic, rest):
    with pytest.raises(PictureError):
        decode(magic + rest, PLENTY)
