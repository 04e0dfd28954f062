"""Whether tests hold each rule: `python -m benchmarks.mutated_rules`.

Changes each number of `Rules` and `LegacyRules` by 20 % up and down, one at a time, and runs the tests of verdicts in a
process of its own. Prints which changes turned a test red and which survived; the exit status is 1 when one survived.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import fields, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pytest
from tqdm import tqdm

from benchmarks.rule_numbers import numbers
from helmet_service.verdicts import legacy_rule
from helmet_service.verdicts.legacy_rule import LegacyRules
from helmet_service.verdicts.rules import Rules

TESTS: Final = Path(__file__).parent.parent / "tests" / "helmet_service" / "verdicts"
# A run ends with the first failure; these are the likeliest to fail.
FIRST: Final = ("test_rules.py", "test_legacy_rule.py")
FACTORS: Final = (0.8, 1.2)

Changed = Rules | LegacyRules


def main() -> int:
    """Print a line a rule; returns the exit status."""
    changes = [
        (each, name, factor) for each in (Rules(), LegacyRules()) for name, _ in numbers(each) for factor in FACTORS
    ]
    changed = [Rules(), *(changed_by(*change) for change in changes)]
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh:
        unchanged_red, *reds = tqdm(fresh.map(turns_red, changed), total=len(changed), unit="change")
    if unchanged_red:
        print("error: expected green tests before any change, got red ones", file=sys.stderr)
        return 1
    for (rules, name, factor), red in zip(changes, reds, strict=True):
        print(f"{type(rules).__name__}.{name} x {factor}: {'red' if red else 'SURVIVED'}")
    print(f"{sum(reds)} of {len(reds)} changes turn a test red")
    return 0 if all(reds) else 1


def changed_by(rules: Any, name: str, factor: float) -> Any:  # noqa: ANN401  any dataclass
    """The rules with one number, named as `numbers` does, times the factor."""
    first, _, rest = name.partition(".")
    value = getattr(rules, first)
    return replace(rules, **{first: changed_by(value, rest, factor) if rest else factor * value})


def turns_red(rules: Changed) -> bool:
    """Whether a test fails in this process, which must not have imported them, once these are the default rules."""
    if isinstance(rules, LegacyRules):
        legacy_rule.LEGACY = rules  # type: ignore[misc]
    else:
        # where a dataclass keeps the defaults of its fields
        Rules.__init__.__defaults__ = tuple(getattr(rules, field.name) for field in fields(rules))
    tests = sorted(TESTS.glob("test_*.py"), key=lambda path: path.name not in FIRST)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        status = pytest.main(["-x", "-p", "no:cacheprovider", *map(str, tests)])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest: expected tests that pass or fail, got exit status {status}")
    return status == pytest.ExitCode.TESTS_FAILED


if __name__ == "__main__":
    sys.exit(main())
