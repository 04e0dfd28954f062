"""The pictures of the page in the docs, and the command that makes them."""

from __future__ import annotations

from samples.page import OUT, SHOTS, main


def test_every_picture_is_there_and_small():
    sizes = {path.stem: path.stat().st_size for path in OUT.iterdir()}
    assert sizes.keys() == {shot.name for shot in SHOTS}
    assert {name for name, size in sizes.items() if size > 150_000} == set()


def test_without_a_browser_the_command_says_what_it_needs(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert main() == 1
    assert capsys.readouterr().err == "expected the system package chromium and requirements-dev.txt (Playwright)\n"
