"""Pictures that miss bytes are refused; whole ones are taken, however oddly they are written."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from PIL import Image

from benchmarks.damaged_pictures import (
    DAMAGES,
    FORMATS,
    WHOLE,
    by_pillow,
    cut_and_ended,
    jpeg_file,
    packet_lost,
    shown,
    with_spare_bytes,
    zeroed,
)
from pose.pictures.decoding import decode
from pose.pictures.headers import PictureError
from samples.demo import ROOT

PLENTY = 1_000_000
# 24x16 pixels, samples of brightness to those of colour 3:1, made by cjpeg.
THREE_TO_ONE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8"
    "ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/"
    "wAARCAAQABgDATEAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAMF/8QAFRABAQAAAAAAAAAAAAAAAAAAABL/xAAVAQEBAAAAAAAAAAAA"
    "AAAAAAAFAf/EABURAQEAAAAAAAAAAAAAAAAAAAAT/9oADAMBAAIRAxEAPwDMsstIG7IWWWagIs//2Q=="
)


@pytest.fixture(scope="module")
def site():
    """A sample, small enough for many files of it to be quick and large enough to hold several packets."""
    return Image.open(ROOT / "samples" / "site_two.jpg").convert("RGB").resize((640, 360))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6])
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_that_misses_bytes_is_refused(site, name, damage, share):
    file = FORMATS[name](site)
    data = damage(file, file.start + round(share * (file.end - file.start)))
    with pytest.raises(PictureError, match=r"damaged|truncated"):
        decode(data, PLENTY)


@pytest.mark.parametrize(("name", "rows"), [("JPEG, as samples are", None), ("JPEG, as samples are", 90)])
def test_it_is_told_what_came_however_small_a_copy_is_asked_for(site, name, rows):
    file = FORMATS[name](site)
    with pytest.raises(PictureError) as refusal:
        decode(packet_lost(file, file.start + 5000), PLENTY, rows)
    assert (refusal.value.expected, refusal.value.got) == ("a whole JPEG picture", "a damaged JPEG")


@pytest.mark.parametrize("damage", [cut_and_ended, zeroed])
def test_spare_bytes_before_restart_markers_do_not_hide_damage(site, damage):
    file = jpeg_file(with_spare_bytes(by_pillow(site, "JPEG", restart_marker_rows=1)))
    with pytest.raises(PictureError, match="a damaged JPEG"):
        decode(damage(file, (file.start + file.end) // 2), PLENTY)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_picture_is_taken(site, name):
    data = WHOLE[name](site)
    assert shown(data) is not None
    picture = decode(data, PLENTY)
    difference = np.abs(picture.pixels[..., ::-1].astype(int) - shown(data))
    assert difference.max() <= 1


@pytest.mark.parametrize(
    "data",
    [
        THREE_TO_ONE,
        by_pillow(Image.new("RGB", (30, 20)), "JPEG").replace(b"JFIF\0\1\1", b"JFIF\0\3\1"),
        by_pillow(Image.new("CMYK", (30, 20)), "JPEG").replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\7"),
        by_pillow(Image.new("RGB", (30, 20)), "JPEG")[:-2] + b"\0\0\0\xff\xd9",
        by_pillow(Image.new("RGB", (30, 20)), "PNG") + b"behind the end",
    ],
    ids=["samples 3:1", "revision of JFIF", "transform of Adobe", "bytes before the end", "bytes behind the end"],
)
def test_odd_but_whole_files_are_taken(data):
    assert decode(data, PLENTY).pixels.size > 0


@pytest.mark.parametrize("quality", [1, 80])
@pytest.mark.parametrize("colour", ["black", "grey", "red"])
def test_an_even_webp_ends_in_zeros_and_is_whole(colour, quality):
    data = by_pillow(Image.new("RGB", (1920, 1080), colour), "WEBP", quality=quality)
    assert re.search(rb"\0{100}", data)
    assert decode(data, 4_000_000).width == 1920


def test_a_png_whose_check_sum_is_wrong_is_refused():
    data = bytearray(by_pillow(Image.new("RGB", (30, 20), "red"), "PNG", compress_level=0))
    data[200] ^= 1
    with pytest.raises(PictureError, match="a damaged PNG"):
        decode(bytes(data), PLENTY)


def test_an_unknown_revision_hides_no_damage():
    noisy = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))
    data = by_pillow(noisy, "JPEG").replace(b"JFIF\0\1\1", b"JFIF\0\3\1")
    with pytest.raises(PictureError, match="a damaged JPEG"):
        decode(data[: len(data) // 2] + b"\xff\xd9", PLENTY)
