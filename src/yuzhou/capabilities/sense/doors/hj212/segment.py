"""The data segment of HJ 212: its header fields, and the content between `CP=&&` and `&&`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.hj212.dictionary import ACKNOWLEDGE, SPLIT, SYSTEM_EXCHANGE, VERSION_SHIFT, Version
from yuzhou.capabilities.sense.doors.hj212.frames import Mark, encode

_USUAL = re.compile(
    r"QN=(\d{17});ST=(\d\d);CN=(\d{4});PW=([^;,&]*);MN=([^;,&]+);Flag=(\d{1,3});(?:PNUM=(\d{1,4});PNO=(\d{1,4});)?CP=&&(.*)&&",
    re.DOTALL,
)
_ORDER = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO")
_VERSIONS = tuple(Version)
_FIELD = re.compile(r"([A-Za-z]+)=([^=]*)")
LONGEST_MN = 64


class Malformed(ValueError):
    """The segment cannot be read: `args[0]` names what is wrong."""


@dataclass(slots=True)
class Segment:
    """A data segment. `flag` is None where the frame has none (2005); `content` is the text between the `&&`."""

    cn: str
    mn: str
    qn: str = ""
    st: str = ""
    pw: str = ""
    flag: int | None = None
    pnum: int = 0
    pno: int = 0
    content: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def wants_answer(self) -> bool:
        """Whether bit A asks for an acknowledgement."""
        return bool(self.flag and self.flag & ACKNOWLEDGE)

    @property
    def is_split(self) -> bool:
        """Whether this is one of several packets of a message."""
        return self.pnum > 1 and bool(self.pno)

    @property
    def version(self) -> Version:
        """The version that the flag says; the newest that we know where it says a later one."""
        return _VERSIONS[min((self.flag or 0) >> VERSION_SHIFT, len(_VERSIONS) - 1)]


def parse(segment: bytes) -> Segment:
    """Read a data segment, quirks included; raises Malformed.

    Bytes beyond ASCII (free text of information frames) are kept as latin-1.
    """
    text = segment.decode("latin-1")
    match = _USUAL.fullmatch(text)
    if match is None:
        return _parse_unusual(text)
    qn, st, cn, pw, mn, flag, pnum, pno, content = match.groups()
    if content.endswith(";") or len(mn) > LONGEST_MN or int(flag) > 0b1011 or (pnum is None) == bool(int(flag) & SPLIT):
        return _parse_unusual(text)
    return Segment(cn, mn, qn, st, pw, int(flag), int(pnum or 0), int(pno or 0), content)


def _parse_unusual(text: str) -> Segment:
    """Read a segment that differs from the standard's form, and mark how."""
    marks: list[Mark] = []
    header, content = _divide(text, marks)
    fields = _fields(header, marks)
    mn, cn = fields.get("MN", ""), fields.get("CN", "")
    if not re.fullmatch(r"\d{4}", cn):
        raise Malformed("cn")
    if not mn or len(mn) > LONGEST_MN:
        raise Malformed("mn")
    return Segment(
        cn,
        mn,
        _queue_number(fields.get("QN"), marks),
        fields.get("ST", ""),
        fields.get("PW", ""),
        _flag(fields, marks),
        _number(fields, "PNUM"),
        _number(fields, "PNO"),
        content,
        tuple(dict.fromkeys(marks)),
    )


def _divide(text: str, marks: list[Mark]) -> tuple[str, str]:
    """Header and content, the content without its `&&` and without a `;` before the last of them."""
    header, found, content = text.partition("CP=")
    if not found:
        marks.append(Mark.NO_CONTENT)
        return header, ""
    content = content.rstrip(";")
    if not (content.startswith("&&") and content.endswith("&&") and len(content) >= 4):
        raise Malformed("content")
    content = content[2:-2]
    if content.endswith(";"):
        marks.append(Mark.SEMICOLON_AT_END)
        content = content.rstrip(";")
    return header, content


def _fields(header: str, marks: list[Mark]) -> dict[str, str]:
    """The header's fields by name; raises Malformed on one without a name or given twice."""
    if "," in header:
        marks.append(Mark.COMMA_IN_HEADER)
        header = header.replace(",", ";")
    fields: dict[str, str] = {}
    for item in header.strip(";").split(";"):
        match = _FIELD.fullmatch(item)
        if match is None or match[1] in fields:
            raise Malformed("header")
        fields[match[1]] = match[2]
    known = [name for name in fields if name in _ORDER]
    if known != sorted(known, key=_ORDER.index) or len(known) != len(fields):
        marks.append(Mark.ORDER)
    return fields


def _queue_number(value: str | None, marks: list[Mark]) -> str:
    """The QN; raises Malformed if it is none of 17 or 14 digits."""
    if not value:
        marks.append(Mark.NO_QN)
        return ""
    if not (value.isascii() and value.isdigit() and len(value) in (14, 17)):
        raise Malformed("qn")
    if len(value) == 14:
        marks.append(Mark.QN_14)
    return value


def _flag(fields: dict[str, str], marks: list[Mark]) -> int | None:
    """The flag byte; raises Malformed if it is no byte."""
    if "Flag" not in fields:
        marks.append(Mark.NO_FLAG)
        if "PNUM" in fields or "PNO" in fields:
            marks.append(Mark.PACKET_FIELDS)
        return None
    flag = _number(fields, "Flag")
    if flag > 255:
        raise Malformed("flag")
    if flag >> VERSION_SHIFT > Version.V2025:
        marks.append(Mark.VERSION)
    if bool(flag & SPLIT) != ("PNUM" in fields and "PNO" in fields):
        marks.append(Mark.PACKET_FIELDS)
    return flag


def _number(fields: dict[str, str], name: str) -> int:
    value = fields.get(name) or "0"
    if not (value.isascii() and value.isdigit() and len(value) <= 4):
        raise Malformed(name.lower())
    return int(value)


def compose(segment: Segment) -> bytes:
    """The data segment in the standard's form and order."""
    parts = [f"QN={segment.qn};" if segment.qn else "", f"ST={segment.st};CN={segment.cn};"]
    parts.append(f"PW={segment.pw};MN={segment.mn};")
    if segment.flag is not None:
        parts.append(f"Flag={segment.flag};")
    if segment.pnum:
        parts.append(f"PNUM={segment.pnum};PNO={segment.pno};")
    parts.append(f"CP=&&{segment.content}&&")
    return "".join(parts).encode("latin-1")


def frame_of(segment: Segment) -> bytes:
    """The whole frame of a segment."""
    return encode(compose(segment))


Items = Iterable[tuple[str, str]]


def system_segment(to: Segment, cn: str, items: Items = ()) -> Segment:
    """An answer of the authority about a segment, in the version that the logger speaks.

    From 2017 on the answer carries the QN in its header and no content of its own but the return code; by 2005 the QN
    stands in the content.
    """
    pairs = list(items)
    if to.version is Version.V2005:
        content = ";".join(f"{name}={value}" for name, value in [("QN", to.qn), *pairs] if value)
        return Segment(cn, to.mn, "", SYSTEM_EXCHANGE, to.pw, 0, content=content)
    content = ";".join(f"{name}={value}" for name, value in pairs)
    return Segment(cn, to.mn, to.qn, SYSTEM_EXCHANGE, to.pw, to.version << VERSION_SHIFT, content=content)
