"""docs/api.md names every route, and every status and reason of the code and no other."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from helmet_service.api.docs import openapi_document
from helmet_service.http import problems
from helmet_service.verdicts.judge import LooseReason, Reason, Status


@pytest.fixture(scope="module")
def cells(root):
    """The words in code letters of each cell, by the head of its table and the cell's column."""
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    found: dict[tuple[str, str], list[str]] = {}
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
        for row in rows:
            for column, cell in zip(head, row, strict=True):
                found.setdefault((" | ".join(head), column), []).extend(re.findall(r"`(\w+)`", cell))
    return found


def test_every_route_is_named(root):
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"`(?:GET |POST |PUT |DELETE )?(/[\w/{}]*)`", page)
    assert [path for path in openapi_document()["paths"] if path not in named] == []


@pytest.mark.parametrize(
    ("table", "column", "known"),
    [
        ("Status | Reason | Meaning", "Status", get_args(Status)),
        ("Status | Reason | Meaning", "Reason", get_args(Reason)),
        ("Unmatched hat | Meaning", "Unmatched hat", get_args(LooseReason)),
    ],
)
def test_statuses_and_reasons_of_verdicts_are_those_of_the_code(cells, table, column, known):
    assert set(cells[table, column]) == set(known)


def test_every_reason_of_a_refusal_is_documented_and_no_other(root, cells):
    source = "\n".join(path.read_text(encoding="utf-8") for path in (root / "helmet_service").rglob("*.py"))
    raised = set(problems._REASONS.values()) | set(re.findall(r'\boverloaded\(\s*"(\w+)"', source))
    documented = cells["Status | Reason | When", "Reason"]
    assert len(documented) == len(set(documented))
    assert raised <= set(documented)
    assert [reason for reason in documented if f'"{reason}"' not in source] == []
