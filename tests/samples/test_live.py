from __future__ import annotations

import pytest

from samples.live_connection import LiveConnection


@pytest.mark.parametrize("address", ["https://helmet.example", "127.0.0.1:24417", "helmet.example"])
def test_an_address_that_it_cannot_speak_to_is_refused_before_anything_is_sent(address):
    with pytest.raises(OSError, match="address: expected http://HOST:PORT"):
        LiveConnection(address, "gate-3")
