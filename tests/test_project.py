"""What the project promises of itself."""

from __future__ import annotations

import os
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


def test_serving_imports_neither_torch_nor_ffmpeg(root):
    program = "import sys, wsgi, pose.__main__; print({'torch', 'av'} & sys.modules.keys())"
    small = {**os.environ, "INPUT_HEIGHT": "32", "PRECISION": "f32"}  # finds nobody at the first look: no warming
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=root, env=small, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"


def test_make_lists_its_commands(root):
    answer = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True)
    assert {"serve", "demo", "test", "check", "format", "bench"} <= set(re.findall(r"make (\S+)", answer.stdout))


@pytest.fixture(scope="module")
def tracked(root):
    answer = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in answer.stdout.split()]


def pages(tracked):
    return [path for path in tracked if path.suffix == ".md"]


def anchors(page):
    """What a link can point to in a page, as GitHub names it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_python_files_named_in_the_docs_exist(root, tracked):
    named = {name for page in pages(tracked) for name in re.findall(r"`([\w/.*-]+\.py)`", page.read_text())}
    assert len(named) > 50
    own = {"sports.py"}  # a reader's file
    missing = [name for name in named - own if not any(f"/{path}".endswith(f"/{name}") for path in tracked)]
    assert missing == []


def test_every_link_between_pages_leads_somewhere(tracked):
    links = [
        (page, target, anchor)
        for page in pages(tracked)
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text())
    ]
    assert len(links) > 50
    for page, target, anchor in links:
        other = page.parent / target if target else page
        assert other.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(other), f"{page.name}: {target}#{anchor}"


def test_every_page_named_in_code_and_docs_exists(root, tracked):
    texts = [path for path in tracked if path.suffix in (".md", ".py", ".yaml", ".yml", ".conf")]
    named = {(text, name) for text in texts for name in re.findall(r"(?<![\w/])docs/[\w/-]+\.md\b", text.read_text())}
    assert len(named) > 50
    assert [(text.name, name) for text, name in named if not (root / name).is_file()] == []
