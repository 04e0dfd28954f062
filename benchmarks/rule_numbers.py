"""The numbers of a dataclass of rules by name, those of rules within rules too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any


def numbers(rules: Any, within: str = "") -> Iterator[tuple[str, float]]:  # noqa: ANN401  any dataclass
    """Names with dots, as one writes them after `rules.`, and values; in the order of the fields."""
    for field in fields(rules):
        name, value = f"{within}{field.name}", getattr(rules, field.name)
        if is_dataclass(value):
            yield from numbers(value, f"{name}.")
        else:
            yield name, value
