"""Values and status codes of OPC UA as readings."""

import math
from enum import IntEnum

import pytest
from asyncua import ua

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.opcua.values import flag_of, is_bad, lost_some, number_of, numbers_of, with_flag

CODES = ua.StatusCodes


class Mode(IntEnum):
    HEATING = 2


@pytest.mark.parametrize(
    ("status", "flag"),
    [
        (CODES.Good, DataFlag.NORMAL),
        (CODES.GoodClamped, DataFlag.NORMAL),
        (CODES.GoodLocalOverride, DataFlag.SET_BY_HAND),
        (CODES.Uncertain, DataFlag.NORMAL | Mark.SUSPECT),
        (CODES.UncertainLastUsableValue, DataFlag.LINK_FAULT | Mark.SUSPECT),
        (CODES.UncertainNoCommunicationLastUsableValue, DataFlag.LINK_FAULT | Mark.SUSPECT),
        (CODES.UncertainSubstituteValue, DataFlag.SET_BY_HAND | Mark.SUSPECT),
        (CODES.UncertainEngineeringUnitsExceeded, DataFlag.OVER_RANGE | Mark.SUSPECT),
        (CODES.UncertainSubNormal, DataFlag.FAULT | Mark.SUSPECT),
        (CODES.UncertainSensorNotAccurate, DataFlag.FAULT | Mark.SUSPECT),
        (CODES.UncertainSensorCalibration, DataFlag.CALIBRATING | Mark.SUSPECT),
        (CODES.Bad, DataFlag.FAULT | Mark.SUSPECT),
        (CODES.BadSensorFailure, DataFlag.FAULT | Mark.SUSPECT),
        (CODES.BadNotConnected, DataFlag.LINK_FAULT | Mark.SUSPECT),
        (CODES.BadNoCommunication, DataFlag.LINK_FAULT | Mark.SUSPECT),
        (CODES.BadWaitingForInitialData, DataFlag.LINK_FAULT | Mark.SUSPECT),
        (CODES.BadCommunicationError, DataFlag.LINK_FAULT | Mark.SUSPECT),
        (CODES.BadOutOfService, DataFlag.STOPPED | Mark.SUSPECT),
        (CODES.BadOutOfRange, DataFlag.OVER_RANGE | Mark.SUSPECT),
    ],
)
def test_status_codes(status: int, flag: int) -> None:
    assert flag_of(status) == flag
    assert flag_of(status | 0x480) == flag  # whatever the lower bits say


def test_a_full_queue_is_seen() -> None:
    assert lost_some(CODES.Good | 0x480)
    assert not lost_some(CODES.Good | 0x400)
    assert not lost_some(CODES.Good | 0x080)
    assert is_bad(CODES.BadNodeIdUnknown)
    assert not is_bad(CODES.Uncertain)


def test_kinds_of_values() -> None:
    assert [number_of(value) for value in (True, 3, 2.5, Mode.HEATING, "x", None, b"1")] == [1, 3, 2.5, 2, None, None, None]
    assert list(numbers_of("t", 1.5)) == [("t", 1.5)]
    assert list(numbers_of("t", [1, 2])) == [("t[0]", 1), ("t[1]", 2)]
    assert list(numbers_of("t", [[1], [False]])) == [("t[0][0]", 1), ("t[1][0]", 0)]
    assert list(numbers_of("t", "text")) == []
    assert len(list(numbers_of("t", list(range(1000))))) == 64


def test_no_number_is_a_fault_unless_the_status_says_more() -> None:
    value, flag = with_flag(math.nan, DataFlag.NORMAL)
    assert (math.isnan(value), flag) == (True, DataFlag.FAULT | Mark.SUSPECT)
    assert with_flag(math.inf, DataFlag.STOPPED | Mark.SUSPECT)[1] == DataFlag.STOPPED | Mark.SUSPECT
    assert with_flag(1.0, 0) == (1.0, 0)
