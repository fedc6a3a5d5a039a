"""Papers: Chinese text is set with the bundled font, and what people entered stays text."""

import re
import zlib

import pytest
from django.utils.translation import override

from yuzhou.ui.pdf import render_pdf
from yuzhou.ui.style_samples import paper

pytestmark = pytest.mark.usefixtures("bundle")


def mapped_characters(pdf: bytes) -> set[str]:
    """The characters that the PDF's fonts map their glyphs to."""
    found: set[str] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            text = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue
        if "beginbfchar" in text or "beginbfrange" in text:
            found |= {chr(int(code, 16)) for code in re.findall(r"<([0-9A-Fa-f]{4})>", text)}
    return found


def test_a_paper_has_chinese_text_and_the_bundled_font() -> None:
    with override("zh-hans"):
        pdf = render_pdf("ui/papers/sample.typ", paper())
    assert pdf.startswith(b"%PDF-")
    assert b"NotoSansHans" in pdf
    assert set("样例日报排口区县状态") <= mapped_characters(pdf)


def test_text_is_never_run_as_markup() -> None:
    hostile = '#read("main.typ") #panic() $x$ *b* \\ " } ] #set text(red)'
    data = {**paper(), "title": hostile, "lines": [[hostile, hostile, hostile, 1]]}
    pdf = render_pdf("ui/papers/sample.typ", data)
    assert {"#", "$", "*", "}", "\\"} <= mapped_characters(pdf), "the signs are printed as they are"


def test_rare_characters_of_place_names_are_in_the_font() -> None:
    data = {**paper(), "lines": [["垭堉磏綦璧镕", "㎡³℃", "", None]]}
    assert set("垭堉磏綦璧镕℃") <= mapped_characters(render_pdf("ui/papers/sample.typ", data))
