"""Printed papers, set by Typst with the bundled font. Values go in as JSON, never into the markup."""

import json
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from django.contrib.staticfiles import finders
from django.template import Engine, TemplateDoesNotExist
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuzhou.kernel import clock
from yuzhou.ui.display import show, show_time

FONT = "ui/dist/fonts/NotoSansHans-Regular.otf"
LAYOUT = "ui/papers/paper.typ"


class FontMissing(RuntimeError):
    """The bundled font is not there: the frontend was not built."""


def render_pdf(template_name: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a Typst template (`*.typ` in an app's templates) whose data are `context`.

    The template begins with `#import "paper.typ": *` and reads `data`, in which every value of the context stands as JSON: texts,
    numbers, lists, dictionaries, dates and times as people read them. Whatever the texts hold, they are set as text, never run.
    """
    data = {**context, "labels": _labels(), "language": "zh" if (get_language() or "zh").startswith("zh") else "en"}
    with TemporaryDirectory() as folder:
        shutil.copyfile(_find(LAYOUT), Path(folder, "paper.typ"))
        shutil.copyfile(_find(template_name), Path(folder, "main.typ"))
        inputs = {"data": json.dumps(data, default=_plain, ensure_ascii=False)}
        return typst.compile(str(Path(folder, "main.typ")), root=folder, font_paths=_fonts(), format="pdf", sys_inputs=inputs)


def _labels() -> dict[str, str]:
    return {
        "made": _("Made at {time} by the Yuzhou platform").format(time=show_time(clock.now())),
        "page": _("Page"),
        "brand": _("Yuzhou"),
    }


def _plain(value: Any) -> Any:
    return show(value) if isinstance(value, datetime | date) else str(value)


def _find(template_name: str) -> Path:
    for loader in Engine.get_default().template_loaders:
        for origin in loader.get_template_sources(template_name):
            if Path(origin.name).is_file():
                return Path(origin.name)
        for inner in getattr(loader, "loaders", ()):
            for origin in inner.get_template_sources(template_name):
                if Path(origin.name).is_file():
                    return Path(origin.name)
    raise TemplateDoesNotExist(template_name)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    found = finders.find(FONT)
    if not found:
        raise FontMissing(f"{FONT} is not built: run `npm ci && npm run build`")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(Path(found).parent)])
