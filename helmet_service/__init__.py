"""Decides who wears a safety helmet, from a picture's skeletons and hat boxes, and answers over HTTP."""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from helmet_service.alarms.store import AlarmStore
from helmet_service.api.alarms import alarm_routes
from helmet_service.api.camera_frames import Frames, frame_routes
from helmet_service.api.cameras import camera_routes
from helmet_service.api.docs import docs
from helmet_service.api.legacy import legacy
from helmet_service.api.live import live
from helmet_service.api.live_streams import LiveClients
from helmet_service.api.page import page
from helmet_service.api.page_session import page_session
from helmet_service.api.request_hooks import add_request_hooks
from helmet_service.api.site_counts import SiteCounts
from helmet_service.api.system import system
from helmet_service.api.v1 import v1
from helmet_service.api.videos import Videos, videos
from helmet_service.api.web_system.routes import web_system
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.http.letting_in import behind_proxies
from helmet_service.http.rate_limit import PRIVATE
from helmet_service.settings import Settings
from helmet_service.video.counts import JobCounts
from helmet_service.video.jobs import JOBS, Jobs
from helmet_service.work.service import EXTENSION, Service
from pose import Estimator


def create_app(settings: Settings, estimator: Estimator | None = None, rate_counts: str = PRIVATE) -> Flask:
    """One worker's Flask app; without a loaded estimator it loads the model in the background.

    rate_counts: the file in which all workers count requests (`rate_limit.shared_counts`).
    Call it in the worker, after the fork: neither threads nor a loaded network survive a fork.
    """
    app = Flask(__name__, static_folder=None)
    app.json = json = DefaultJSONProvider(app)
    json.sort_keys = False  # answers keep the order of the wire format
    app.url_map.merge_slashes = False  # `//` answers 404 instead of a redirection
    app.wsgi_app = behind_proxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    service = Service(settings, estimator, rate_counts)
    app.extensions[EXTENSION] = service
    app.extensions[JOBS] = jobs = Jobs(settings)
    job_counts = JobCounts(jobs)
    service.metrics.include(job_counts)
    folder, store = WatchFolder(settings.watch_dir), AlarmStore(settings.watch_dir)
    site_counts = SiteCounts(folder, store)
    service.metrics.include(site_counts)
    add_request_hooks(app, service)
    about_itself = (system(service, job_counts, site_counts), page_session(service), docs, page)
    cameras = camera_routes(folder, store)
    of_site = (cameras, frame_routes(Frames(settings)), alarm_routes(store))
    video_jobs, live_clients = Videos(service, jobs), LiveClients(service)
    of_work = (legacy(service), v1(service), videos(video_jobs), live(service, live_clients))
    older = (web_system(service, video_jobs, live_clients),) if settings.web_system == "1" else ()
    for surface in (*of_work, *of_site, *about_itself, *older):
        app.register_blueprint(surface)
    if estimator is None:
        service.begin()
    return app
