"""`yuzhou vehicles`: the doors of GB/T 32960 and JT/T 808 as one process."""

from yuzhou.capabilities.sense.doors.gb32960.door import Gb32960Door
from yuzhou.capabilities.sense.doors.gb32960.settings import VehicleSettings
from yuzhou.capabilities.sense.doors.intake.process import run_doors
from yuzhou.capabilities.sense.doors.jt808.door import Jt808Door
from yuzhou.capabilities.sense.doors.jt808.settings import TerminalSettings


def run(arguments: list[str]) -> int:
    """Open both doors, until asked to end."""
    doors = (
        Gb32960Door(VehicleSettings.from_environment("gb32960")),
        Jt808Door(TerminalSettings.from_environment("jt808")),
    )
    return run_doors(doors, name="vehicles")
