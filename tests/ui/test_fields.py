"""Forms: every field has its label, every error and help text is tied to its field."""

from html.parser import HTMLParser

from django import forms
from django.template import engines
from django.utils.translation import override

from yuzhou.ui.style import SampleForm


class Elements(HTMLParser):
    """All elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag in tags]

    def named(self, name: str) -> dict[str, str | None]:
        return next(attributes for _, attributes in self.all if attributes.get("name") == name)


def rendered(form: forms.Form) -> tuple[str, Elements]:
    html = engines["django"].from_string("{% form form %}").render({"form": form})
    return html, Elements(html)


def test_every_input_has_a_label() -> None:
    html, elements = rendered(SampleForm())
    labelled = {label.get("for") for label in elements.of("label")}
    for field in elements.of("input", "select", "textarea"):
        is_within = f'<label class="form-check"><input type="checkbox" name="{field["name"]}"' in html
        assert is_within or field["id"] in labelled, field


def test_ids_are_unique_and_descriptions_exist() -> None:
    _, elements = rendered(SampleForm({"name": "", "identity": "x"}))
    ids = [attributes["id"] for _, attributes in elements.all if attributes.get("id")]
    assert len(ids) == len(set(ids))
    described = " ".join(attributes.get("aria-describedby") or "" for _, attributes in elements.all).split()
    assert described
    assert set(described) <= set(ids)


def test_errors_are_summed_up_and_tied() -> None:
    with override("en"):
        html, elements = rendered(SampleForm({"name": "Sample", "identity": "88-1", "kind": "water", "since": "x", "sure": "on"}))
    assert "2 entries need correcting" in html
    assert 'href="#id_identity"' in html
    identity = elements.named("identity")
    assert identity["aria-invalid"] == "true"
    assert identity["aria-describedby"] == "id_identity_helptext id_identity_error"


def test_dates_use_the_browsers_own_picker() -> None:
    html, elements = rendered(SampleForm(initial={"since": "2026-02-03"}))
    since = elements.named("since")
    assert html.count('type="date"') == 1
    assert '<input type="date" name="since"' in html, "the first of two types would win"
    assert (since["type"], since["value"]) == ("date", "2026-02-03")


def test_what_was_entered_is_escaped_and_kept() -> None:
    html, _ = rendered(SampleForm({"name": '"><script>x</script>', "kind": "water"}))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_group_of_choices_has_a_legend() -> None:
    html, elements = rendered(SampleForm())
    assert elements.of("fieldset")
    assert "<legend>" in html
    assert all(box.get("class") == "form-check-input" for box in elements.of("input") if box.get("type") == "checkbox")


def test_help_follows_the_language() -> None:
    with override("en"):
        assert "As on the permit." in rendered(SampleForm())[0]
    with override("zh-hans"):
        assert "与排污许可证一致。" in rendered(SampleForm())[0]
