"""Configuration: frozen dataclasses, filled from YAML files in their order, then from values on the command line.

jsonargparse reads values and checks their types; this module names the wrong file and the key that was probably meant.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import jsonargparse
import yaml

from pose.errors import PoseError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


class ConfigurationError(PoseError):
    """An unknown key or a value of the wrong type; the message names the file or option."""


def read_configuration(kind: type[T], arguments: Sequence[str], prog: str) -> T:
    """The dataclass `kind` from its defaults, the files given by `-c` in their order, and `--key.key value`.

    Nested dataclasses are nested mappings in YAML. Attribute docstrings of `kind` are the texts of `--help`, which ends
    the process as argparse does. Raises ConfigurationError for keys and types, OSError for files that cannot be read.
    """
    parser = _parser(kind, prog)  # type: ignore[arg-type]  # mypy takes type[T] for unhashable
    for file in _files(arguments):
        _check(kind, _read_yaml(file), str(file))
    _check_options(kind, arguments)
    try:
        parsed = parser.parse_args(list(arguments))
    except argparse.ArgumentError as error:
        raise ConfigurationError(f"command line: {' '.join(str(error).split())}") from error
    return _instance(kind, parser, parsed)


def configuration_from(kind: type[T], values: Mapping[str, Any], source: str) -> T:
    """The dataclass `kind` from values that `plain` returned; ConfigurationError names `source`."""
    _check(kind, values, source)
    parser = _parser(kind, source)  # type: ignore[arg-type]
    try:
        parsed = parser.parse_object(dict(values))
    except argparse.ArgumentError as error:
        raise ConfigurationError(f"{source}: {' '.join(str(error).split())}") from error
    return _instance(kind, parser, parsed)


def plain(configuration: DataclassInstance) -> dict[str, Any]:
    """A dataclass as plain values of YAML: mappings, lists, strings, numbers."""
    values = asdict(configuration)
    return {key: _plain(value) for key, value in values.items()}


def write_configuration(configuration: Mapping[str, Any], path: Path) -> None:
    """Write values that `plain` returned, so that `-c` reads them back."""
    path.write_text(yaml.safe_dump(dict(configuration), sort_keys=False, allow_unicode=True), encoding="utf-8")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """`key: old -> new` for each value that differs between two configurations, as `plain` returns them."""
    old, new = dict(_values(before)), dict(_values(after))
    both = ((key, old.get(key, "nothing"), new.get(key, "nothing")) for key in old | new)
    return [f"{key}: {was} -> {will_be}" for key, was, will_be in both if was != will_be]


def _values(configuration: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The dotted key and the text of every value."""
    for name, value in configuration.items():
        if isinstance(value, Mapping) and value:
            yield from _values(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", json.dumps(value, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


@cache  # it reads the source of each dataclass for its docstrings, which takes 0.13 s
def _parser(kind: type, prog: str) -> jsonargparse.ArgumentParser:
    jsonargparse.set_parsing_settings(docstring_parse_attribute_docstrings=True)
    parser = jsonargparse.ArgumentParser(
        prog=prog, description=kind.__doc__, exit_on_error=False, allow_abbrev=False, default_env=False
    )
    overlay = "YAML file with any of the values below; may be given repeatedly, a later one wins"
    parser.add_argument("-c", "--config", action="config", metavar="FILE", help=overlay)
    _add(parser, kind, "", None)
    return parser


def _add(parser: jsonargparse.ArgumentParser, kind: type, key: str, default: dict[str, Any] | None) -> None:
    # Nested dataclasses are added one by one: jsonargparse cannot read the defaults of one that has slots.
    inner = {field.name: field for field in fields(kind) if is_dataclass(_hints(kind)[field.name])}
    parser.add_class_arguments(kind, key or None, skip=set(inner), default=default)
    for name, field in inner.items():
        values = None if field.default_factory is MISSING else asdict(field.default_factory())
        _add(parser, _hints(kind)[name], f"{key}.{name}" if key else name, values)


def _instance(kind: type[T], parser: jsonargparse.ArgumentParser, parsed: jsonargparse.Namespace) -> T:
    values = parser.instantiate(parsed)
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def _files(arguments: Sequence[str]) -> list[Path]:
    reader = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    reader.add_argument("-c", "--config", action="append", type=Path, default=[])
    files: list[Path] = reader.parse_known_args(arguments)[0].config
    return files


def _read_yaml(file: Path) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: expected YAML, got {error}") from error
    if not isinstance(values, Mapping):
        raise ConfigurationError(f"{file}: expected a mapping of keys to values, got {type(values).__name__}")
    return values


def _check(kind: type, values: Mapping[str, Any], source: str, prefix: str = "") -> None:
    """Raise ConfigurationError at the first key that `kind` does not have, or whose value has another type."""
    hints = _hints(kind)
    for name, value in values.items():
        key = f"{prefix}{name}"
        if name not in hints:
            raise ConfigurationError(f"{source}: {key}: {_unknown(kind, str(name), prefix)}")
        inner = _dataclass_in(hints[name])
        listed = _dataclass_in(get_args(hints[name])[0]) if get_origin(hints[name]) is list else None
        if inner is not None and isinstance(value, Mapping):
            _check(inner, value, source, f"{key}.")
        elif listed is not None and isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            for place, item in enumerate(value):
                _check(listed, item, source, f"{key}[{place}].")
        elif inner is hints[name] or not _fits(hints[name], value):
            raise ConfigurationError(f"{source}: {key}: expected {_name(hints[name])}, got {value!r}")


def _check_options(kind: type, arguments: Sequence[str]) -> None:
    """Raise ConfigurationError at the first `--key.key` that `kind` does not have."""
    leaves = list(dict(_keys(kind)))
    known = {"help", "config", "print_config", *leaves, *_groups(leaves)}
    for argument in arguments:
        name = argument.removeprefix("--").partition("=")[0].removesuffix("+")  # `--list+=item` appends
        if not argument.startswith("--") or name in known or _groups([name]).intersection(leaves):
            continue
        near = _nearest(name, leaves)
        raise ConfigurationError(f"--{name}: unknown option; " + (f"did you mean --{near}?" if near else "see --help"))


def _groups(keys: Sequence[str]) -> set[str]:
    """The dotted keys that dotted keys begin with."""
    parts = [key.split(".") for key in keys]
    return {".".join(each[:count]) for each in parts for count in range(1, len(each))}


def _unknown(kind: type, name: str, prefix: str) -> str:
    """The message about an unknown key in the mapping of `kind`."""
    near = _nearest(name, [*_hints(kind), *dict(_keys(kind))])
    if near is not None:
        return f"unknown key; did you mean {prefix}{near}?"
    return "unknown key; expected one of " + ", ".join(field.name for field in fields(kind))


def _nearest(given: str, known: Sequence[str]) -> str | None:
    """The known dotted key most similar to `given`, as a whole or in its last part; None when none is similar."""
    names = {key.rpartition(".")[2]: key for key in known} | {key: key for key in known}
    near = difflib.get_close_matches(given, names, n=1)
    return names[near[0]] if near else None


def _keys(kind: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted key and type of every value."""
    for name, hint in _hints(kind).items():
        inner = _dataclass_in(hint)
        if inner is None:
            yield f"{prefix}{name}", hint
        else:
            yield from _keys(inner, f"{prefix}{name}.")


def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _dataclass_in(hint: object) -> type | None:
    """The dataclass that a type is, or has in a union with None."""
    candidates = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    found = [candidate for candidate in candidates if is_dataclass(candidate)]
    return found[0] if found and isinstance(found[0], type) else None


def _fits(hint: object, value: object) -> bool:
    parser = jsonargparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--value", type=hint)
    try:
        parser.parse_object({"value": value})
    except argparse.ArgumentError:
        return False
    return True


def _name(hint: object) -> str:
    """The name of a type, as it is called in YAML."""
    text = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    return re.sub(r"\b(?:\w+\.)+", "", text).replace("Optional", "").replace("None", "null").replace("NoneType", "null")
