"""What `watch --check` prints."""

from __future__ import annotations

import pytest

from helmet_service.settings import Settings
from helmet_service.watch.checked_site import print_site, site_or_end

TEXT = """cameras:
  - id: gate-3
    name: Gate 3, north
    source: {env: ADDRESS}
    rate: 0.5
    schedule: ["mon-fri 06:00-18:00"]
  - {id: dock, source: push, user: a, password: b}
"""


def test_mistakes_are_lines_and_status_78(tmp_path, capsys):
    path = tmp_path / "cameras.yaml"
    path.write_text(TEXT)
    with pytest.raises(SystemExit) as ended:
        site_or_end(Settings(cameras_file=path), {})
    assert ended.value.code == 78
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"{path}:4: cameras[0].source: expected a line of text in the variable ADDRESS, got nothing",
        f"{path}:7: cameras[1].password: expected {{file: PATH}} or {{env: NAME}}, never the text itself, got text",
    ]


def test_cameras_are_a_line_each_and_warnings_stand_apart(tmp_path, capsys):
    path, secret = tmp_path / "cameras.yaml", tmp_path / "secret"
    path.write_text(TEXT.replace(", user: a, password: b", "").replace("{env: ADDRESS}", "{file: secret}"))
    secret.write_text("rtsp://10.0.0.7/stream1?password=hunter2")
    secret.chmod(0o644)
    print_site(site_or_end(Settings(cameras_file=path), {}))
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "gate-3 (Gate 3, north): stream rtsp://10.0.0.7/stream1, at most 0.5 a second, mon-fri 06:00-18:00",
        "dock (dock): push, at most 1 a second, always",
    ]
    assert said.err == f"warning: {path}:4: cameras[0].source: everybody may read secret (chmod o-r)\n"
