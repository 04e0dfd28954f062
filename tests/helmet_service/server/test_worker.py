from __future__ import annotations

import pytest
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

from helmet_service.server.worker import Worker, _Listener


@pytest.mark.parametrize(("own", "kept"), [(Worker, GeventWorker), (_Listener, StreamServer)])
def test_what_is_overridden_is_still_there(own, kept):
    overridden = {name for name in vars(own) if not name.startswith("_")}
    assert overridden
    assert overridden <= set(dir(kept))
