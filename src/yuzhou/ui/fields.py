"""Plain Django forms, shown so that everyone can fill them in: labels, help and errors tied to their fields."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)
NATIVE_TYPES: tuple[tuple[type[forms.Widget], str, str | None], ...] = (
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.DateInput, "date", "%Y-%m-%d"),
    (forms.TimeInput, "time", "%H:%M"),
)


@dataclass(frozen=True, slots=True)
class FieldView:
    """What the template of a field needs."""

    bound: BoundField

    @property
    def kind(self) -> str:
        """How it is laid out: `line`, `check`, `group` (several inputs under one legend) or `hidden`."""
        widget = self.bound.field.widget
        if widget.is_hidden:
            return "hidden"
        if isinstance(widget, forms.CheckboxInput):
            return "check"
        return "group" if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple) else "line"

    @property
    def help_id(self) -> str:
        """The id of the help text."""
        return f"{self.bound.auto_id}_helptext"

    @property
    def error_id(self) -> str:
        """The id of the error."""
        return f"{self.bound.auto_id}_error"

    @property
    def described_by(self) -> str:
        """The ids of what explains the field."""
        ids = [self.help_id] if self.bound.help_text else []
        return " ".join([*ids, self.error_id] if self.bound.errors else ids)

    @property
    def required(self) -> bool:
        """Whether it must be filled in."""
        return self.bound.field.required

    @property
    def error_target(self) -> str:
        """The id that an error's link leads to: the first input of a group."""
        return f"{self.bound.auto_id}_0" if self.kind == "group" else self.bound.auto_id

    @property
    def widget(self) -> SafeString:
        """The input itself."""
        return self.bound.as_widget(attrs=self._attributes())

    def _attributes(self) -> dict[str, Any]:
        widget = self.bound.field.widget
        css = next(css for kind, css in CLASSES if isinstance(widget, kind))
        given = widget.attrs.get("class", "")
        attributes: dict[str, Any] = {"class": f"{css} {given} {'is-invalid' if self.bound.errors else ''}".strip()}
        if self.described_by:
            attributes["aria-describedby"] = self.described_by
        if self.bound.errors:
            attributes["aria-invalid"] = "true"
        for kind, native, layout in NATIVE_TYPES:
            if isinstance(widget, kind) and "type" not in widget.attrs:
                vars(widget).update(input_type=native, format=layout)
                break
        if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":
            attributes["rows"] = 4
        if widget.attrs.get("placeholder") == self.bound.label:
            widget.attrs.pop("placeholder")
        return attributes

    @property
    def choices(self) -> list[Any]:
        """The inputs of a group."""
        self.bound.field.widget.attrs.setdefault("class", "form-check-input")
        return list(self.bound.subwidgets)


@dataclass(frozen=True, slots=True)
class FormView:
    """What the template of a form needs."""

    form: forms.BaseForm

    @property
    def fields(self) -> list[FieldView]:
        """The fields in their order."""
        return [FieldView(bound) for bound in self.form]

    @property
    def groups(self) -> list["GroupView"]:
        """The fields by the groups that the form names, if any: `groups` holds titles, names, and whether it begins open."""
        named = getattr(self.form, "groups", ())
        return [GroupView(title, [FieldView(self.form[name]) for name in names], opens) for title, names, opens in named]

    @property
    def faulty(self) -> list[FieldView]:
        """Fields with errors, for the summary."""
        return [view for view in self.fields if view.bound.errors]

    @property
    def has_required(self) -> bool:
        """Whether some but not all visible fields are required, so that the mark needs a word."""
        required = [view.required for view in self.fields if view.kind != "hidden"]
        return any(required) and not all(required)


@dataclass(frozen=True, slots=True)
class GroupView:
    """Fields under one heading, which can be folded away: what has sensible defaults need not be read on a phone."""

    title: Any
    fields: list[FieldView]
    opens: bool

    @property
    def is_open(self) -> bool:
        """It stands open where something in it is wrong."""
        return self.opens or any(field.bound.errors for field in self.fields)
