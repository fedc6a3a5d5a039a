"""The documentation of the components runs as it is written, and leaves none out."""

import re
from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import Engine, engines

from yuzhou.ui import charts, maps, parts, style, timeline
from yuzhou.ui.pdf import render_pdf
from yuzhou.ui.templatetags import ui as tags

TEXT = (Path(__file__).parents[2] / "docs" / "ui.md").read_text()
BLOCKS = re.findall(r"^```(python|django|typst)\n(.*?)^```", TEXT, re.S | re.M)


@pytest.fixture
def namespace(ask: Callable[..., HttpRequest]) -> dict[str, Any]:
    """The names that the examples use, after all Python examples ran in their order."""
    names: dict[str, Any] = {"request": ask("/desk/")}
    for kind, code in BLOCKS:
        if kind == "python":
            exec(compile(code, "docs/ui.md", "exec"), names)  # noqa: S102  # our own documentation
    return names


def test_the_examples_run(namespace: dict[str, Any]) -> None:
    assert namespace["table"].slice.total == 1
    assert namespace["answer"].status_code == 200
    assert b"'=1+1" in b"".join(namespace["download"].streaming_content)


@pytest.mark.parametrize("code", [code for kind, code in BLOCKS if kind == "django"])
def test_the_templates_render(namespace: dict[str, Any], code: str) -> None:
    html = engines["django"].from_string(code).render({**namespace, "form": style.SampleForm()}, namespace["request"])
    assert html.strip()


def test_the_paper_is_set(bundle: Path, tmp_path: Path, settings: Any) -> None:
    code = next(code for kind, code in BLOCKS if kind == "typst")
    (tmp_path / "sample.typ").write_text(code)
    engine = Engine.get_default()
    old, engine.dirs = engine.dirs, [tmp_path]
    engine.__dict__.pop("template_loaders", None)
    try:
        data = {"title": "T", "section": "S", "facts": [["a", 1]], "head": ["x"], "lines": [[1.5], [None]]}
        assert render_pdf("sample.typ", data).startswith(b"%PDF")
    finally:
        engine.dirs = old
        engine.__dict__.pop("template_loaders", None)


def test_every_component_and_tag_is_documented() -> None:
    components = {
        name for module in (parts, charts, maps, timeline) for name, value in vars(module).items()
        if is_dataclass(value) and hasattr(value, "template")
    }  # fmt: skip
    internal = {"desk_groups", "portal_groups", "standing", "other_languages", "account_tabs", "url_if", "as_badge"}
    wanted = components | (set(tags.register.tags) | set(tags.register.filters)) - internal
    assert {name for name in wanted if not re.search(rf"\b{name}\b", TEXT)} == set()
