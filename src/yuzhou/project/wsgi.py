"""The web process."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from yuzhou.project.processes.child import die_with_parent
from yuzhou.project.settling import settle_process
from yuzhou.project.telemetry import start_telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuzhou.project.settings")
if os.environ.get("YUZHOU_SUPERVISED"):
    die_with_parent(signal.SIGKILL)  # we are granian's worker: it may be killed without a chance to tell us
start_telemetry("web")  # before the middleware is loaded: it adds its own to the settings
application = get_wsgi_application()
settle_process()
