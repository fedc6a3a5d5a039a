"""Sense as JSON and CSV, below `/api/v1/sense/`."""

from ninja import Router

from yuzhou.capabilities.sense.http import alarms, commands, devices, exports, interlocks, latest, readings, rules

router = Router()
for part in (devices, latest, readings, exports, alarms, commands, interlocks, rules):
    router.add_router("", part.router)
