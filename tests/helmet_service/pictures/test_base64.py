"""Base64 as clients write it becomes bytes: strictly on v1, leniently on the legacy surface."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmet_service.pictures.encoding import from_base64, read_base64
from pose.pictures.headers import PictureError, PictureTooLargeError


@given(st.binary())
def test_base64_round_trip(data):
    text = base64.b64encode(data).decode()
    for lenient in (False, True):
        assert from_base64(text, lenient=lenient) == data
        assert from_base64(text.rstrip("="), lenient=lenient) == data
        assert from_base64("data:image/jpeg;base64," + text, lenient=lenient) == data
        assert from_base64(" \r\n\t" + "\n".join(text) + "\f\v", lenient=lenient) == data


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("QUJD!", "1 characters outside its alphabet"),
        ("QUJ-_", "2 characters outside its alphabet"),
        ("QQ==QUJD", "2 characters outside its alphabet"),
        ("QUJD====", "more than two signs of padding"),
        ("Q", "one character too few or too many"),
        ("QUJDQ", "one character too few or too many"),
        ("QUJDé", "characters that are not ASCII"),
        ("QUJD\ud800", "characters that are not ASCII"),
        ("QUJD\u2003", "characters that are not ASCII"),
        ("data:image/png,QUJD", "a data URL without it"),
        ("data:image/png;base64", "a data URL without it"),
    ],
)
def test_strict_base64_refuses(text, got):
    with pytest.raises(PictureError) as refusal:
        from_base64(text, lenient=False)
    assert refusal.value.got == got


@pytest.mark.parametrize(
    "text", ["QUJD", "Q!U?J*D", "Q-U_J.D", "QUé\ud800JD", "=QUJD", "QUJD====", "data:;base64,Q'UJD"]
)
def test_lenient_base64_skips_what_is_illegal(text):
    assert from_base64(text, lenient=True) == b"ABC"


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_lenient_base64_reads_what_the_ancestor_read(text):
    """Wherever non-strict b64decode gives bytes, the same bytes come out."""
    try:
        expected = base64.b64decode(text)
    except ValueError:
        return
    if text.lstrip()[:5].lower() != "data:":
        assert from_base64(text, lenient=True) == expected


@given(st.text(alphabet=st.characters(), max_size=50), st.booleans())
def test_no_text_raises_anything_but_picture_errors(text, lenient):
    try:
        read = from_base64(text, lenient=lenient)
    except PictureError:
        return
    assert len(read) <= len(text) * 3 / 4


def only_abc(data):
    if data != b"A\xfb\xff":
        raise PictureError("A, fb and ff", "others")
    return data


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("text", ["Qfv/", "Qfv_", "data:image/x-icon;base64,Qfv_", "Q fv\n_"])
def test_either_alphabet_is_read(text, lenient):
    assert read_base64(text, only_abc, lenient=lenient) == b"A\xfb\xff"


def test_what_is_illegal_is_skipped_where_the_other_alphabet_gives_no_picture():
    def abc(data):
        return data if data == b"ABC" else only_abc(data)

    assert read_base64("Q-U_J.D", abc, lenient=True) == b"ABC"


def test_both_alphabets_in_one_text_are_refused():
    with pytest.raises(PictureError, match="1 characters outside its alphabet"):
        read_base64("Qfv/Qfv_", only_abc, lenient=False)


def test_a_picture_that_is_too_large_stays_that_whatever_its_blanks():
    def too_large(data):
        raise PictureTooLargeError("less", "more")

    with pytest.raises(PictureTooLargeError):
        read_base64("QUJD QUJD", too_large, lenient=False)
