"""Thousands of mutated picture files: each is a picture or refused, and none takes more than a small file may."""

from __future__ import annotations

from pose.pictures.headers import PictureError, PictureTooLargeError
from tests.fuzz.picture_files import mutated, picture_files
from tests.fuzz.pictures import PIXELS, decode_or_refuse

FILES = picture_files()


def test_whole_files_are_pictures():
    assert [decode_or_refuse(data) for data in FILES] == [None] * len(FILES)


def test_mutated_files_are_pictures_or_refused():
    refusals = [decode_or_refuse(mutated(FILES, seed)) for seed in range(4000)]
    assert {type(refusal) for refusal in refusals} == {type(None), PictureError, PictureTooLargeError}
    assert max(len(str(refusal)) for refusal in refusals if refusal) < 200


def test_what_is_refused_for_its_size_is_larger_than_allowed():
    refusals = [decode_or_refuse(mutated(FILES, seed)) for seed in range(1000)]
    sizes = [
        refusal.got.removesuffix(" pixels").split("x")
        for refusal in refusals
        if isinstance(refusal, PictureTooLargeError)
    ]
    assert sizes
    assert all(int(width) * int(height) > PIXELS for width, height in sizes)
