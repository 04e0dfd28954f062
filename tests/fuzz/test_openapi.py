from __future__ import annotations

import pytest

from tests.fuzz.openapi import ask


@pytest.mark.slow
def test_the_service_does_what_its_openapi_document_says(address):
    assert ask(address, "--generation-deterministic", "--max-examples", "25") == 0
