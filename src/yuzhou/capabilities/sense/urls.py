"""Addresses of the desk's pages of sense."""

from django.urls import path

from yuzhou.capabilities.sense.web import alarms, charts, commands, devices, frames

app_name = "sense"
urlpatterns = [
    path("alarms/", alarms.alarms, name="alarms"),
    path("alarms/<uuid:alarm_id>/", alarms.alarm, name="alarm"),
    path("alarms/<uuid:alarm_id>/acknowledge", alarms.acknowledge, name="alarm-acknowledge"),
    path("alarms/<uuid:alarm_id>/comment", alarms.comment, name="alarm-comment"),
    path("alarms/<uuid:alarm_id>/close", alarms.close, name="alarm-close"),
    path("devices/", devices.devices, name="devices"),
    path("devices/<uuid:device_id>/", devices.device, name="device"),
    path("devices/<uuid:device_id>/charts", devices.charts, name="device-charts"),
    path("devices/<uuid:device_id>/frames", devices.frames, name="device-frames"),
    path("devices/<uuid:device_id>/refused", devices.refusals, name="device-refusals"),
    path("devices/<uuid:device_id>/commands", devices.commands, name="device-commands"),
    path("devices/<uuid:device_id>/commands/<str:name>", commands.new_command, name="command-new"),
    path("series/chart.json", charts.chart, name="chart"),
    path("series/readings.csv", charts.readings_csv, name="readings-csv"),
    path("refused/", frames.quarantine, name="quarantine"),
]
