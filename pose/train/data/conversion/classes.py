"""What the classes of other people's annotations mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pose.data.labels import BARE, HELMET
from pose.errors import shown

PERSON: Final = "person"
IGNORE: Final = "ignore"
DROP: Final = "drop"
KINDS: Final[Mapping[str, str]] = {
    HELMET: "a head with a helmet",
    BARE: "a bare head",
    PERSON: "a whole person",
    IGNORE: "nothing counts there",
    DROP: "left out",
}
"""What a box can be -> what that means, in words."""
KINDS_TOLD: Final = ", ".join(f"{kind} ({meaning})" for kind, meaning in KINDS.items())

_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    HELMET: ("helmet", "hardhat", "hat", "safetyhelmet", "withhelmet"),
    BARE: ("head", "nohelmet", "nohardhat", "nohat", "none", "bare", "barehead", "withouthelmet"),
    PERSON: ("person", "worker"),
}
DEFAULTS: Final[Mapping[str, str]] = {name: kind for kind, names in _KNOWN.items() for name in names}
"""Class, as `plain_name` writes it -> kind."""


def plain_name(name: str) -> str:
    """A class's name without what people write differently: letter case, blanks, `-` and `_`."""
    return re.sub(r"[\s_-]+", "", name.lower())


def read_map(texts: Sequence[str]) -> Mapping[str, str]:
    """`DEFAULTS`, changed by texts of the form CLASS=KIND; ValueError for any other text."""
    known = dict(DEFAULTS)
    for given in texts:
        name, _, kind = given.rpartition("=")
        if not name or kind not in KINDS:
            raise ValueError(f"--map: expected CLASS=KIND, KIND one of {KINDS_TOLD}, got {shown(given)!r}")
        known[plain_name(name)] = kind
    return known


def kinds_of(names: Iterable[str], known: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """Every class among the names in alphabetical order, its kind, and how often it is there.

    Raises ValueError that lists the classes found, and how to give a kind to those that `known` lacks.
    """
    counts = sorted(Counter(names).items())
    unknown = [name for name, _ in counts if plain_name(name) not in known]
    if unknown:
        found = ", ".join(f"{shown(name)} ({count})" for name, count in counts)
        told = " ".join(f"'{shown(name)}=KIND'" for name in unknown)
        raise ValueError(f"classes: expected known ones, got {found}; add --map {told}, each KIND one of {KINDS_TOLD}")
    return [(name, known[plain_name(name)], count) for name, count in counts]
