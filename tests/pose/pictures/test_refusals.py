"""What is no whole still picture is refused, and the refusal says what came."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pose.pictures.decoding import decode
from pose.pictures.headers import PictureError, PictureTooLargeError
from tests.pose.pictures.made_up_files import (
    HEIGHT,
    PLENTY,
    WIDTH,
    bmp,
    encoded,
    jpeg_sized,
    jpeg_with,
    moving,
    png,
    webp_canvas,
)


def refusal_of(call) -> PictureError | None:
    try:
        call()
    except PictureError as refusal:
        return refusal
    return None


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
@settings(max_examples=300)
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
@settings(max_examples=200)
def test_nonsense_behind_a_magic_number_is_refused(magic, rest):
    with pytest.raises(PictureError):
        decode(magic + rest, PLENTY)
