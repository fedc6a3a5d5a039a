"""The vocabulary of GB/T 32960.3: commands, reply flags, encryption, versions (tables 2 to 4 of the 2016 edition)."""

from enum import IntEnum


class Version(IntEnum):
    """The edition, known by the two bytes that a frame starts with: `##` 2016, `$$` 2025."""

    V2016 = 0x23
    V2025 = 0x24

    @property
    def start(self) -> bytes:
        """The two bytes."""
        return bytes((self, self))


class Command(IntEnum):
    """What a frame is about (命令标识)."""

    LOGIN = 0x01  # 车辆登入
    REAL_TIME = 0x02  # 实时信息上报
    REISSUE = 0x03  # 补发信息上报
    LOGOUT = 0x04  # 车辆登出
    PLATFORM_LOGIN = 0x05  # 平台登入
    PLATFORM_LOGOUT = 0x06  # 平台登出
    HEARTBEAT = 0x07  # 心跳
    CLOCK = 0x08  # 终端校时
    QUERY = 0x80  # 查询命令
    SET = 0x81  # 设置命令
    CONTROL = 0x82  # 车载终端控制命令


DOWN = frozenset({Command.QUERY, Command.SET, Command.CONTROL})


class Reply(IntEnum):
    """The reply flag (应答标志). From `UNKNOWN_VIN` on: only in the edition of 2025."""

    OK = 0x01
    ERROR = 0x02
    DUPLICATE_VIN = 0x03
    UNKNOWN_VIN = 0x04
    WRONG_SIGNATURE = 0x05
    WRONG_STRUCTURE = 0x06
    NOT_DECRYPTED = 0x07
    COMMAND = 0xFE  # no reply: a command, which asks for one


class Encryption(IntEnum):
    """How the data unit is encrypted. Only `NONE` is spoken here; 04 and 05 came with 2025."""

    NONE = 0x01
    RSA = 0x02
    AES128 = 0x03
    SM2 = 0x04
    SM4 = 0x05
    ABNORMAL = 0xFE
    INVALID = 0xFF
