"""The words of HJ 212: commands, return codes, data flags, versions (HJ 212-2017 tables 5 to 9; 2005; what is known of 2025)."""

from enum import IntEnum, StrEnum
from types import MappingProxyType

from yuzhou.capabilities.sense.contracts import DataFlag


class Version(IntEnum):
    """The version of the standard, as bits 2 to 7 of the field Flag say it."""

    V2005 = 0
    V2017 = 1
    V2025 = 2


ACKNOWLEDGE = 0b01
SPLIT = 0b10
VERSION_SHIFT = 2


class QnRtn(IntEnum):
    """Answers to a request (请求应答, 9011)."""

    READY = 1
    REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_MN = 4
    WRONG_ST = 5
    WRONG_FLAG = 6
    WRONG_QN = 7
    WRONG_CN = 8
    WRONG_CRC = 9
    UNKNOWN = 100


class ExeRtn(IntEnum):
    """Results of a request (执行结果, 9012)."""

    DONE = 1
    FAILED = 2
    WRONG_CONDITION = 3
    TIMED_OUT = 4
    BUSY = 5
    SYSTEM_FAULT = 6
    NO_DATA = 100


SYSTEM_EXCHANGE = "91"
"""The ST of everything that is about the exchange itself (系统交互)."""

REQUEST_ANSWER, EXECUTION_RESULT, NOTICE_ANSWER, DATA_ANSWER, HEARTBEAT = "9011", "9012", "9013", "9014", "9015"
CLOCK_REQUEST, LOGGER_STARTED, NEW_KEY = "1013", "2081", "1014"

ANSWERS = frozenset({REQUEST_ANSWER, EXECUTION_RESULT, NOTICE_ANSWER, DATA_ANSWER})

READINGS = frozenset({"2011", "2013", "2021", "2031", "2041", "2051", "2052", "2061", "2062", "2111"})
"""Uploads whose content is readings. Which of their fields become series, `decoding` says."""

TELLS = frozenset({"1001", "1011", "1061", "1063", "2081", "3015", "3017", "3018", "3019", "3020"})
"""Uploads in which a logger tells of itself; answered like data, kept as frames."""

NOTICES = frozenset({"1001", "1013", "9015"})
"""What the authority answers with 9013 (通知应答) instead of 9014; 1001 and 9015 are of 2025."""

READING_FLAGS = MappingProxyType(
    {
        **{flag.letter: flag for flag in DataFlag},
        **{flag.letter.lower(): flag for flag in DataFlag},
        "P": DataFlag.FAULT,  # 2005: power failure
        "0": DataFlag.CALIBRATING,  # 2005, air stations: digits instead of letters
        "1": DataFlag.NORMAL,
        "2": DataFlag.FAULT,
        "3": DataFlag.NORMAL,
    }
)
"""The data flag of an item (2017: table 8; 2005: letters and digits), in the platform's own terms."""


class Shape(StrEnum):
    """How a request to the logger ends (HJ 212-2017, 6.2)."""

    EXECUTE = "execute"  # 9011, then 9012
    FETCH = "fetch"  # 9011, then the data under the request's own CN, then 9012
    NOTICE = "notice"  # 9013


SHAPES = MappingProxyType(
    {
        **dict.fromkeys(("1000", "1012", "1062", "1064", "1072"), Shape.EXECUTE),
        **dict.fromkeys(("3011", "3012", "3013", "3014", "3016", "3021"), Shape.EXECUTE),
        **dict.fromkeys(("1011", "1061", "1063", "3015", "3017", "3018", "3019", "3020"), Shape.FETCH),
        **dict.fromkeys(("2011", "2021", "2031", "2041", "2051", "2061"), Shape.FETCH),
        **dict.fromkeys(("2012", "2022"), Shape.NOTICE),
    }
)
"""Every request that the authority may send down, with how it ends."""
