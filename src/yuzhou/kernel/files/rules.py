"""What a file is, told by its first bytes and never by its name alone."""

import codecs
import zipfile
from typing import BinaryIO

HEAD = 65_536
MIB = 1024 * 1024
DEFAULT_LIMIT = 20 * MIB

SIGNS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
INSIDE_ZIP = (
    ("OFD.xml", "application/ofd"),
    ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
DOCUMENTS = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "text/plain",
        "text/csv",
        "application/json",
        "video/mp4",
    }
    | {media_type for _, media_type in INSIDE_ZIP}
)
SHOWN_IN_PAGE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TEXTS = {".csv": "text/csv", ".json": "application/json", ".geojson": "application/json"}
PLAIN = frozenset({"text/plain", *TEXTS.values()})
BINARY = frozenset({media_type for _, media_type in SIGNS + INSIDE_ZIP} | {"image/webp", "video/mp4"})
UNKNOWN = "application/octet-stream"
MARKUP = "text/xml"


def sniff(name: str, file: BinaryIO) -> str:
    """The media type of a file that can be sought; `application/octet-stream` for what is not known.

    Text that begins like markup is `text/xml` whatever its name: HTML and SVG can run scripts in a reader's browser.
    """
    file.seek(0)
    head = file.read(HEAD)
    for sign, media_type in SIGNS:
        if head.startswith(sign):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"PK\x03\x04"):
        return _inside_zip(file)
    return _text_type(name, head)


def _inside_zip(file: BinaryIO) -> str:
    """An office document or an OFD (GB/T 33190) by the names in the archive, of which nothing is unpacked."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return UNKNOWN
    return next((media_type for name, media_type in INSIDE_ZIP if name in names), "application/zip")


def _text_type(name: str, head: bytes) -> str:
    if not is_text(head):
        return UNKNOWN
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        return MARKUP
    return next((media_type for ending, media_type in TEXTS.items() if name.lower().endswith(ending)), "text/plain")


def is_text(head: bytes) -> bool:
    """Whether bytes are text in UTF-8 or GB 18030 (a character cut at the end is forgiven), without control characters."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return all(character.isprintable() or character in "\t\r\n\f\u3000\ufeff\u00a0" for character in text[:4096])
    return False


def clean_name(name: str) -> str:
    """A file name without folders and unprintable characters, at most 120 characters with its ending kept."""
    name = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip(" .") or "file"
    if len(name) <= 120:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 119 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:120]
