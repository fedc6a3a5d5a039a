"""What a file is, told by its content."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.files import rules


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("a.txt", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.webp", b"RIFF....WEBPVP8 ", "image/webp"),
        ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("a.zip", archive("a"), "application/zip"),
        ("a.bin", archive("OFD.xml"), "application/ofd"),
        ("a.xlsx", archive("[Content_Types].xml", "xl/workbook.xml"), rules.INSIDE_ZIP[2][1]),
        ("a.xlsx", b"PK\x03\x04 not an archive", rules.UNKNOWN),
        ("数据.csv", "因子,数值\n化学需氧量,12\n".encode(), "text/csv"),
        ("数据.CSV", "因子,数值\n化学需氧量,12\n".encode("gb18030"), "text/csv"),
        ("a.json", b"{}", "application/json"),
        ("a", "汉".encode() * 30_000, "text/plain"),
        ("a.html", b"<!doctype html>", "text/xml"),
        ("a.txt", b"\xef\xbb\xbf  <svg onload=alert(1)>", "text/xml"),
        ("a.png", b"MZ\x90\0\x03", rules.UNKNOWN),
        ("a.txt", b"a\0b", rules.UNKNOWN),
    ],
)
def test_the_content_decides(name: str, content: bytes, media_type: str) -> None:
    assert rules.sniff(name, io.BytesIO(content)) == media_type


@given(st.text(max_size=20), st.binary(max_size=300))
def test_no_content_breaks_it(name: str, content: bytes) -> None:
    assert "/" in rules.sniff(name, io.BytesIO(content))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("报告.pdf", "报告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.csv", "y.csv"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("..", "file"),
        ("", "file"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_lose_folders_and_control_characters(name: str, clean: str) -> None:
    assert rules.clean_name(name) == clean
    assert len(rules.clean_name(name)) <= 120
