"""What the project promises of itself."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


def pins(path):
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("-r")]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-serve.txt", "requirements-dev.txt"])
def test_every_dependency_is_pinned_once(root, name):
    lines = pins(root / name)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line) for line in lines), lines
    packages = [line.split("==")[0].lower() for line in lines]
    assert len(packages) == len(set(packages))


def test_serving_is_a_part_of_the_whole_set_and_has_no_torch(root):
    serving, whole = set(pins(root / "requirements-serve.txt")), set(pins(root / "requirements.txt"))
    assert serving < whole
    assert "torch==2.13.0" in whole - serving


def chosen(path):
    """The packages of all sections but those of what others bring."""
    packages, brought = [], False
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            brought = line == "# What those bring"
        elif "==" in line and not brought:
            packages.append(line.split("==")[0])
    return packages


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_chosen_dependency_is_explained(root, name):
    explained = (root / "docs" / "dependencies.md").read_text()
    assert len(chosen(root / name)) > 10
    assert [package for package in chosen(root / name) if f"`{package}`" not in explained] == []


def test_serving_imports_no_torch(root):
    program = "import sys, wsgi, pose.__main__; print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_make_lists_its_commands(root):
    answer = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True)
    assert {"serve", "demo", "test", "check", "format", "bench"} <= set(re.findall(r"make (\S+)", answer.stdout))


@pytest.mark.parametrize("page", ["architecture.md", "verdicts.md", "grouping.md", "api.md"])
def test_files_named_in_the_docs_exist(root, page):
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    named = set(re.findall(r"`([\w/.*-]+\.py)`", (root / "docs" / page).read_text()))
    assert page == "api.md" or named
    missing = [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in tracked)]
    assert missing == []
