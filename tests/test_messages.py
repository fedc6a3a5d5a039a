"""Every sentence of every page has its Chinese translation, and the extractor reads what Django reads."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "messages"


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The tool as a module."""
    loader = SourceFileLoader("messages_tool", str(TOOL))
    module = module_from_spec(spec_from_loader("messages_tool", loader))
    sys.modules["messages_tool"] = module
    sys.dont_write_bytecode, old = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = old
    return module


def test_nothing_lacks_a_translation() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_python_calls(messages: ModuleType) -> None:
    source = "\n".join([
        "_('one')", "gettext_noop('two' ' parts')", "pgettext_lazy('month', 'May')",
        "ngettext('a file', '{n} files', 3)", "_(name)",
    ])  # fmt: skip
    S = messages.Sentence
    assert set(messages.sentences_of_python(source)) == {
        S("one"), S("two parts"), S("May", "month"), S("a file", "", "{n} files"),
    }  # fmt: skip


def test_template_tags(messages: ModuleType) -> None:
    source = """{% trans "one" %}{% translate 'May' context "month" as x %}{{ _("two") }}{% include "a" with t=_("three") %}
    {% blocktrans trimmed count n=n %}
      {{ n }} file
    {% plural %}
      {{ n|intcomma }} files, 50%
    {% endblocktrans %}{% comment %}{{ no }}{% endcomment %}"""
    S = messages.Sentence
    assert set(messages.sentences_of_template(source)) == {
        S("one"), S("May", "month"), S("two"), S("three"), S("%(n)s file", "", "%(n)s files, 50%%"),
    }  # fmt: skip


def test_update_keeps_translations_and_check_finds_gaps(messages: ModuleType, tmp_path: Path) -> None:
    app = tmp_path / "part" / "apps.py"
    app.parent.mkdir()
    app.write_text("_('Quay {name}')")
    run = [sys.executable, str(TOOL), "--source", str(tmp_path)]
    assert subprocess.run(run, check=False, capture_output=True).returncode == 1
    catalogue = app.parent / messages.CATALOGUE
    catalogue.write_text(
        catalogue.read_text().replace('msgstr ""\n', 'msgstr "码头{name}"\n').replace('msgstr "码头{name}"\n"L', 'msgstr ""\n"L')
    )
    assert subprocess.run([*run, "--check"], check=False).returncode == 0
    app.write_text("_('Quay {name}'), _('Berth')")
    assert subprocess.run([*run, "--check"], check=False, capture_output=True).returncode == 1
    subprocess.run(run, check=False, capture_output=True)
    assert "码头{name}" in catalogue.read_text()
    assert 'msgid "Berth"' in catalogue.read_text()
    catalogue.write_text(catalogue.read_text().replace("码头{name}", "码头{nome}"))
    broken = subprocess.run([*run, "--check"], check=False, capture_output=True, text=True)
    assert "nome" in broken.stderr


def test_one_sentence_has_one_translation_in_all_catalogues(messages: ModuleType) -> None:
    S, C = messages.Sentence, messages.Catalogue
    one = C(Path("a"), {S("From"): "自", S("May", "month"): "五月"})
    other = C(Path("b"), {S("From"): "来源", S("May"): "可以"})
    assert list(messages.contradictions([one, other])) == ["b: 'From' is 来源, but 自 in a"]
