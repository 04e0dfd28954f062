from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.errors import Missing, described, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Missing(), "nothing"),
        (None, "null"),
        (True, "true"),
        (-4, "-4"),
        (0.5, "0.5"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ("-4", '"-4"'),
        ("a\nb\ud800", '"a\\nb\\ud800"'),
        ("x" * 78, f'"{"x" * 78}"'),
        ("x" * 79, "text of 79 characters"),
        ([1, 2], "a list of 2"),
        ({"a": 1}, "an object of 1 fields"),
        (10**4000, "1" + 78 * "0" + "…"),
    ],
)
def test_values_are_described(value, text):
    assert described(value) == text


def test_a_picture_is_never_repeated_however_short():
    assert described("abc", is_picture=True) == "text of 3 characters"


@given(st.text(st.characters(codec=None)) | st.text(st.sampled_from("\0\x7f\n\ud800é\U0001f600"), min_size=70))
def test_shown_text_is_printable_encodable_and_short(text):
    assert shown(text).isprintable()
    assert len(shown(text).encode()) <= 4 * 80
    assert len(shown(text)) <= 80


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_every_description_is_short_and_can_be_sent(value):
    text = described(value)
    assert len(text) <= 80
    assert json.loads(json.dumps(text)) == text
