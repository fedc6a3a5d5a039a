"""Addresses of the desk's pages of sense."""

from django.urls import path

from yuzhou.capabilities.sense.web import (
    alarms,
    charts,
    command_asking,
    command_device,
    command_guards,
    command_many,
    command_page,
    commands,
    devices,
    frames,
)

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
    path("devices/<uuid:device_id>/commands", command_device.commands, name="device-commands"),
    path("devices/<uuid:device_id>/commands/<str:name>", command_asking.new_command, name="command-new"),
    path("devices/<uuid:device_id>/guards", command_guards.guards, name="command-guards"),
    path("devices/<uuid:device_id>/guards/<uuid:interlock_id>/withdraw", command_guards.withdraw, name="interlock-withdraw"),
    path("devices/<uuid:device_id>/lock", command_guards.lock, name="command-lock"),
    path("devices/<uuid:device_id>/lock/<uuid:lock_id>/release", command_guards.release, name="command-release"),
    path("commands/", commands.all_commands, name="commands"),
    path("commands/many", command_many.choose, name="command-many"),
    path("commands/many/<str:name>", command_many.new, name="command-many-new"),
    path("commands/batch/<uuid:batch_id>/", command_many.batch, name="command-batch"),
    path("commands/batch/<uuid:batch_id>/cancel", command_many.cancel, name="command-batch-cancel"),
    path("commands/<uuid:command_id>/", command_page.command, name="command"),
    path("commands/<uuid:command_id>/approve", command_page.approve, name="command-approve"),
    path("commands/<uuid:command_id>/reject", command_page.reject, name="command-reject"),
    path("commands/<uuid:command_id>/cancel", command_page.cancel, name="command-cancel"),
    path("series/chart.json", charts.chart, name="chart"),
    path("series/readings.csv", charts.readings_csv, name="readings-csv"),
    path("refused/", frames.quarantine, name="quarantine"),
]
