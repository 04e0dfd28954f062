import re

import pytest

from pose.__main__ import main


@pytest.mark.parametrize(
    "command",
    [
        ["bench"],
        ["evaluate"],
        ["label"],
        ["train"],
        ["data", "convert"],
        ["data", "check"],
        ["data", "fetch"],
        ["replay"],
        ["convert"],
        ["prune"],
        ["export"],
    ],
    ids=" ".join,
)
def test_help_says_what_each_option_means(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "--help" in said
    # An option's text follows after two spaces or in an indented line of its own; jsonargparse adds the type to it.
    assert re.findall(r"^  (-\S+)(?: \S+)*(?:\n(?! {8,}[^\s(])| {2,}\(type)", said, re.MULTILINE) == []
