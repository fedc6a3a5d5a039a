"""The identity of a logger (数采仪): MN code, password and system type of HJ 212-2017."""

import re

STANDARD_MN = re.compile(r"[0-9A-F]{24}")
FIELD_MN = re.compile(r"[0-9A-Za-z_-]{1,24}")
PASSWORD = re.compile(r"[0-9A-Za-z]{6}")

SYSTEM_TYPES = {"21": "water", "22": "air", "31": "air", "32": "water", "39": "air"}
"""ST codes that an outlet may report under, with the medium: surface water, ambient air, air source, water source, dust."""


def is_standard_mn(mn: str) -> bool:
    """Whether it is 24 hexadecimal digits in capitals (an EPC-96 code, HJ 212-2017 section 6.3.1)."""
    return STANDARD_MN.fullmatch(mn) is not None


def is_readable_mn(mn: str) -> bool:
    """Whether the gateway can take it at all: older loggers carry shorter codes, with letters, '_' and '-'."""
    return FIELD_MN.fullmatch(mn) is not None


def is_password(password: str) -> bool:
    """Whether it has the six letters or digits of PW."""
    return PASSWORD.fullmatch(password) is not None
