"""ENVIRONMENTS, a JSON list: gunicorn's configuration is read in each by a process of its own; prints their statuses.

What all of them import is imported once.
"""

import json
import os
import runpy
import sys

import gunicorn.glogging  # noqa: F401

import helmet_service.work.service  # noqa: F401

if __name__ == "__main__":
    for environment in json.loads(sys.argv[1]):
        process = os.fork()
        if process == 0:
            os.environ |= environment
            runpy.run_path("gunicorn.conf.py")
            break
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
