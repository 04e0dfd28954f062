"""Decides from a picture's skeletons and hat boxes who wears a helmet, and answers over HTTP."""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from helmet_service.api.docs import docs
from helmet_service.api.legacy import legacy
from helmet_service.api.request_hooks import add_request_hooks
from helmet_service.api.system import system
from helmet_service.api.v1 import v1
from helmet_service.http.rate_limit import PRIVATE
from helmet_service.settings import Settings
from helmet_service.work.service import EXTENSION, Service
from pose import Estimator


class _Json(DefaultJSONProvider):
    sort_keys = False  # answers keep the order in which the wire format tells them


def create_app(settings: Settings, estimator: Estimator | None = None, rate_counts: str = PRIVATE) -> Flask:
    """One worker's application; without a loaded estimator it loads the model in the background.

    rate_counts: the file in which it counts requests, with the other workers (`rate_limit.shared_counts`).

    Call it in the worker, after the fork: neither threads nor a loaded network survive one.
    """
    app = Flask(__name__, static_folder=None)
    app.json = _Json(app)
    app.url_map.merge_slashes = False  # `//` is no route, not a redirection
    proxies = settings.trusted_proxies
    # Each proxy adds an address, but only those that take a path off tell of it: the last value counts.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=proxies, x_proto=0, x_prefix=min(proxies, 1)
    )
    service = Service(settings, estimator, rate_counts)
    app.extensions[EXTENSION] = service
    add_request_hooks(app, service)
    for surface in (legacy(service), v1(service), system(service), docs):
        app.register_blueprint(surface)
    if estimator is None:
        service.begin()
    return app
