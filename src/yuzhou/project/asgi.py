"""The streams process: server-sent events, nothing else. See docs/decisions/streams.md."""

import os
import signal

import django

from yuzhou.project.processes.child import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuzhou.project.settings")
if os.environ.get("YUZHOU_SUPERVISED"):
    die_with_parent(signal.SIGKILL)  # we are granian's worker: it may be killed without a chance to tell us
django.setup()

from yuzhou.project.streams.application import application  # noqa: E402 - models can be imported only now

__all__ = ["application"]
