"""The page's words: complete in both languages, and all of them used."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "helmet_service" / "page"
CODE = "\n".join(path.read_text() for path in sorted(PAGE.rglob("*.js")) if "vendor" not in path.parts)
WORDS = {path.stem: json.loads(path.read_text()) for path in (PAGE / "words").glob("*.json")}


def forms(text):
    """A text's forms: one, or those for numbers."""
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text):
    return {name for form in forms(text) for name in re.findall(r"\{(\w+)\}", form)}


def test_both_languages_have_the_same_keys_and_values():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    kinds = {code: {key: placeholders(text) for key, text in words.items()} for code, words in WORDS.items()}
    assert kinds["en"] == kinds["zh"]


def test_a_text_with_numbers_has_the_forms_of_its_language():
    needed = {"en": {"one", "other"}, "zh": {"other"}}
    wrong = [
        (code, key)
        for code, words in WORDS.items()
        for key, text in words.items()
        if not isinstance(text, str) and text.keys() != needed[code]
    ]
    assert wrong == []


def test_every_key_is_used_and_every_used_key_is_there():
    keys = WORDS["en"].keys()
    named = set(re.findall(r"""["']([a-z0-9]+\.[a-z0-9_.]+)["']""", CODE))
    prefixes = tuple(re.findall(r"`([a-z0-9]+\.[a-z0-9_.]*)\$\{", CODE))
    assert {key for key in keys if key not in named and not key.startswith(prefixes)} == set()
    assert set(re.findall(r"""\bt\(\s*["']([^"']+)["']""", CODE)) - keys == set()


@pytest.mark.parametrize("code", WORDS)
def test_texts_of_one_prefix_stand_together(code):
    groups = [prefix for prefix, _ in groupby(key.partition(".")[0] for key in WORDS[code])]
    assert len(groups) == len(set(groups))
