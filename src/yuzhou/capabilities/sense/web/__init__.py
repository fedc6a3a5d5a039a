"""Pages of the desk: devices, their readings, alarms, refusals."""
