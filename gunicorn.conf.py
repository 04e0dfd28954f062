"""gunicorn's settings, made from the service's own (docs/settings.md); what they call is in helmet_service/server/.

Settings, files and sha256 are checked here, before the fork: what is wrong is one line and exit status 78 (EX_CONFIG of
sysexits.h). The network is loaded by each worker after the fork (wsgi.py), because its threads would not survive one.
"""

import os

# prometheus_client, which the next lines import, counts for several processes if it finds this; `folders` sets it.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", "")

from helmet_service.server import folders, hooks, memory
from helmet_service.server.listening import binds
from helmet_service.work.capacity import Capacity

worker_tmp_dir = folders.choose_folders()
memory.let_memory_return()
_settings = hooks.settings_or_exit()

bind = binds(_settings.host, _settings.port)
worker_class = "helmet_service.server.worker.Worker"
workers = _settings.workers
worker_connections = Capacity.of(_settings).connections
hooks.allow_files(2 * worker_connections + 200)
backlog = workers * worker_connections
keepalive = _settings.keep_alive_s or 5  # for 0, the worker closes each connection behind its answer
timeout = int(3 * _settings.deadline_s) + 30  # a worker silent for so long is stuck, not busy
graceful_timeout = int(_settings.deadline_s + _settings.drain_s) + 5
loglevel = _settings.log_level
logger_class = hooks.ServiceLogger
# What clients say of themselves in headers is believed as TRUSTED_PROXIES says, and nowhere else.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}  # over a Unix socket gunicorn would believe them
# By default it lies in the user's home, which a service may lack and two services would share; nobody needs it here.
control_socket_disable = True

on_starting = hooks.on_starting
when_ready = hooks.when_ready
post_worker_init = hooks.post_worker_init
child_exit = hooks.child_exit
