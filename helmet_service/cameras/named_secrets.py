"""`{file: PATH}` and `{env: NAME}` of `cameras.yaml` -> the texts that they name."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from helmet_service.cameras.site_mistakes import ADDRESS_KEYS, SECRET_KEYS, SiteMistake
from helmet_service.cameras.small_files import SmallFileError, read_small
from helmet_service.values.mistakes import Path as Where
from pose.errors import shown

EXPECTED: Final = "{file: PATH} or {env: NAME}, never the text itself"
"""What errors say that a secret is."""
_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
_MOST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that a file or a variable held; empty where it could not be had."""

    text: str = field(repr=False)


@dataclass(slots=True)
class SecretReader:
    """Reads secrets; collects mistakes, and warnings as path and words.

    folder: of relative paths.
    """

    folder: Path
    environ: Mapping[str, str]
    mistakes: list[SiteMistake] = field(default_factory=list)
    warnings: list[tuple[Where, str]] = field(default_factory=list)

    def replaced(self, value: object, path: Where = ()) -> Any:  # noqa: ANN401  as parsed
        """The parsed value, with a `Secret` wherever it names one."""
        if isinstance(value, list):
            return [self.replaced(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if path and path[-1] in (*SECRET_KEYS, *ADDRESS_KEYS) and len(value) == 1 and value.keys() <= {"file", "env"}:
            return self._read(value, path)
        return {key: self.replaced(inner, (*path, key)) for key, inner in value.items()}

    def _read(self, named: Mapping[str, Any], path: Where) -> Secret:
        [(kind, name)] = named.items()
        text, expected, got = self._of_variable(name) if kind == "env" else self._of_file(name, path)
        if text and not text.isprintable():
            text, got = "", "several lines, or characters that cannot be typed"
        if not text:
            self.mistakes.append(SiteMistake(path, expected, got))
        return Secret(text)

    def _of_variable(self, name: object) -> tuple[str, str, str]:
        """The text, what was expected, and what came instead of a text."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return "", "the name of a variable in capitals, such as GATE_3_PASSWORD", "another"
        return self.environ.get(name, ""), f"a line of text in the variable {name}", "nothing"

    def _of_file(self, name: object, path: Where) -> tuple[str, str, str]:
        if not isinstance(name, str) or not name or "\0" in name:
            return "", "a file's path", "another"
        file, expected = self.folder / name, f"a file of one line, {shown(name)}"
        try:
            text = read_small(file, _MOST_BYTES).decode().removesuffix("\n").removesuffix("\r")
        except SmallFileError as error:
            return "", expected, str(error)
        except UnicodeDecodeError:
            return "", expected, "bytes that are not UTF-8"
        if file.stat().st_mode & stat.S_IROTH:
            self.warnings.append((path, f"everybody may read {shown(name)} (chmod o-r)"))
        return text, expected, "an empty one"
