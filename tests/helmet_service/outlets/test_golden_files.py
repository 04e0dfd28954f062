"""What receivers read is as in the files of `golden/`, for every kind of outlet and event."""

from __future__ import annotations

import re

import pytest

from tests.helmet_service.outlets.golden_files import FILES, FOLDER, berlin


@pytest.mark.parametrize("name", FILES)
def test_what_receivers_read_is_as_people_have_seen_it(name):
    with berlin():
        assert FILES[name]() == (FOLDER / name).read_text()


def test_there_is_no_file_of_what_is_sent_no_more():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(FILES)


def test_examples_in_the_docs_are_what_receivers_read(root):
    whole = "\n".join((FOLDER / name).read_text() for name in FILES)
    examples = re.findall(r"```(?:text|json)\n(.*?)\n```", (root / "docs" / "outlets.md").read_text(), re.DOTALL)
    assert len(examples) == 8
    assert [example for example in examples if example not in whole] == []
