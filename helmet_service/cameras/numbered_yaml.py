"""Text of a YAML file -> plain values, and the line of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from helmet_service.values.mistakes import Path

_MOST_DEPTH: Final = 12  # of cameras.yaml's five levels, and before recursion ends the program
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
# YAML 1.2's core: `on`, `06:00` and `007` are texts.
_PLAIN: Final = {
    "null": r"null|Null|NULL|~|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?(?:0|[1-9][0-9]{0,17})",
    "float": r"[-+]?(?:0|[1-9][0-9]{0,17})?\.[0-9]{1,18}(?:[eE][-+]?[0-9]{1,3})?",
}


class YamlError(Exception):
    """A text that is not the YAML we read: the line (from 1), what was expected there and what came."""

    def __init__(self, line: int, expected: str, got: str) -> None:
        super().__init__(f"line {line}: expected {expected}, got {got}")
        self.line = line
        self.expected = expected
        self.got = got


@dataclass(frozen=True, slots=True)
class NumberedYaml:
    """value: of the document, None for an empty one. lines: by path. repeated: keys that stand twice in an object."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[Path, int]] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a value, or of what should hold it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes; no alias, so that no text stands for more than its length, and no deep one."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own way
    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:  # noqa: ANN401  PyYAML's own
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlError(line, "each value written out", "an alias (*)")
        if event.tag is not None:
            raise YamlError(line, "values without tags", "a tag (!)")
        if self._depth == _MOST_DEPTH:
            raise YamlError(line, f"at most {_MOST_DEPTH} levels", "more")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


for _tag, _form in _PLAIN.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_form})$"), None)


def read_yaml(text: str) -> NumberedYaml:
    """Read one document; YamlError for a text that is none, or that has aliases or tags."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlError(line, "YAML", f"this: {_without_texts(error.problem or '')}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, "printable characters", f"U+{int(error.character):04X}") from None
    read = NumberedYaml()
    value = None if node is None else _value(loader, node, (), read)
    return NumberedYaml(value, read.lines, read.repeated)


def _without_texts(problem: str) -> str:
    """PyYAML's words without what they quote, unless it is a sign or a kind of token: it may be a password."""
    return _QUOTED.sub(lambda quoted: quoted[0] if len(quoted[0]) <= 4 or quoted[0][1] == "<" else "it", problem)


def _value(loader: _Loader, node: Node, path: Path, read: NumberedYaml) -> Any:  # noqa: ANN401  of any kind
    """The value of a node; its lines and repeated keys go to `read`."""
    read.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        return loader.construct_object(node)
    if isinstance(node, MappingNode):
        return _object(loader, node, path, read)
    return [_value(loader, item, (*path, index), read) for index, item in enumerate(node.value)]


def _object(loader: _Loader, node: MappingNode, path: Path, read: NumberedYaml) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise YamlError(line, "text as a key", "a list or an object")
        where = (*path, key.value)
        if key.value in values:
            read.repeated.append((where, line))
            continue
        read.lines[where] = line
        values[key.value] = _value(loader, value, where, read)
    return values
