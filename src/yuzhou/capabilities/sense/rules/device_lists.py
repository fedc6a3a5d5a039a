"""Lists of devices as CSV: read whatever a spreadsheet writes, and say in codes what is wrong with each row."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

COLUMNS = {
    "identity": ("identity", "设备标识", "设备的标识", "标识"),
    "title": ("title", "name", "名称", "设备名称"),
    "title_en": ("title_en", "name_en", "英文名称"),
    "profile": ("profile", "设备类型", "类型编码", "设备类型编码", "类型的编码"),
    "place": ("place", "行政区划代码", "区划代码", "所在地行政区划代码", "地点"),
    "secret": ("secret", "密钥", "密码"),
    "operator": ("operator", "统一社会信用代码", "运营单位统一社会信用代码"),
    "silent_minutes": (
        "silent_minutes",
        "静默时限（分钟）",
        "静默时限(分钟)",
        "静默时限",
        "失联判定时间（分钟）",
        "失联判定时间(分钟)",
    ),
    "notes": ("notes", "备注"),
}
REQUIRED = ("identity", "title", "profile", "place")
LONGEST = {"identity": 128, "title": 200, "title_en": 200, "profile": 64, "secret": 100, "notes": 2000}
CONNECTION = "connection."
_NAMES = {heading.casefold(): name for name, headings in COLUMNS.items() for heading in headings}


class Unreadable(ValueError):
    """The file is no such list; `code` and `params` say why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Row:
    """A row by columns; `line` is its line in the file, the heading being line 1."""

    line: int
    cells: dict[str, str]


@dataclass(slots=True)
class Fault:
    """What is wrong with a row."""

    line: int
    column: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, with or without its mark, else GB 18030, as spreadsheets write it in China."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable("sense.list-no-text")


def read_list(content: bytes, *, most: int) -> tuple[list[Row], list[Fault]]:
    """The rows and what is wrong with their form. Raises Unreadable where it is no list of devices, or too long a one."""
    if content.startswith(b"PK\x03\x04"):
        raise Unreadable("sense.list-excel")
    text = decode(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = _lines(text, delimiter)
    heading = next(lines, None)
    if heading is None:
        raise Unreadable("sense.list-empty")
    names = _headings(heading[1])
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= most:
            raise Unreadable("sense.list-too-long", most=most)
        row = Row(line, {name: _plain(cell) for name, cell in zip(names, cells, strict=False)})
        rows.append(row)
        faults += form_faults(row, len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]))
    if not rows:
        raise Unreadable("sense.list-empty")
    return rows, faults + twice(rows)


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise Unreadable("sense.list-no-csv", line=reader.line_num) from error


def _headings(cells: list[str]) -> list[str]:
    names = []
    for cell in cells:
        heading = cell.strip()
        if heading.lower().startswith(CONNECTION):
            names.append(heading.lower())
        elif heading.casefold() in _NAMES:
            names.append(_NAMES[heading.casefold()])
        elif heading:
            raise Unreadable("sense.list-heading", heading=heading[:60])
        else:
            names.append("")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise Unreadable("sense.list-headings-missing", columns=", ".join(missing))
    return names


def _plain(cell: str) -> str:
    """A cell without the apostrophe by which a spreadsheet keeps digits and formulas as text."""
    return cell.strip().removeprefix("'")


def form_faults(row: Row, is_too_wide: bool) -> list[Fault]:
    """What can be said of a row by itself."""
    faults = [Fault(row.line, "", "sense.list-too-wide")] if is_too_wide else []
    for name in REQUIRED:
        if not row.cells.get(name):
            faults.append(Fault(row.line, name, "sense.list-missing"))
    for name, most in LONGEST.items():
        if len(row.cells.get(name, "")) > most:
            faults.append(Fault(row.line, name, "sense.list-too-long-cell", {"most": most}))
    minutes = row.cells.get("silent_minutes", "")
    if minutes and not _is_minutes(minutes):
        faults.append(Fault(row.line, "silent_minutes", "sense.list-number", {"value": minutes[:60]}))
    return faults


def _is_minutes(text: str) -> bool:
    try:
        return 0.05 <= float(text) <= 527_040
    except ValueError:
        return False


def twice(rows: list[Row]) -> list[Fault]:
    """Identities that stand in the list twice within a profile."""
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for row in rows:
        key = (row.cells.get("profile", ""), row.cells.get("identity", ""))
        if key[1] and key in seen:
            faults.append(Fault(row.line, "identity", "sense.list-twice", {"value": key[1][:60], "other": seen[key]}))
        seen.setdefault(key, row.line)
    return faults
