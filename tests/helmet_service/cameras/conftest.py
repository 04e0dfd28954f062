"""What tests of `cameras.yaml` share."""

from __future__ import annotations

import pytest

from helmet_service.cameras.site_file import load_site
from tests.helmet_service.cameras.sites import SECRET


@pytest.fixture
def load(tmp_path):
    """Load a text as a site; beside it lie `secret` and the empty file `empty`."""

    def load(text, **environ):
        (tmp_path / "cameras.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_site(tmp_path / "cameras.yaml", environ)

    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "empty").touch(0o600)
    return load
