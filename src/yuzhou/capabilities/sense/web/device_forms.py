"""The forms of devices: entering one, changing it, and how it is reached."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy

from yuzhou.capabilities.sense.contracts import CommandField, Device
from yuzhou.capabilities.sense.contracts.onboarding import DeviceEntry
from yuzhou.capabilities.sense.contracts.protocols import Protocol
from yuzhou.capabilities.sense.web.profile_forms import CODE, source_field
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.parties.api import get_organisation
from yuzhou.kernel.text import Text

Choices = Sequence[tuple[str, Any]]


class BeginForm(forms.Form):
    """What the device is, and in which district."""

    profile = forms.ChoiceField(label=gettext_lazy("Device profile"))
    district = forms.ChoiceField(label=gettext_lazy("District"))

    def __init__(self, *args: Any, profiles: Choices, districts: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        blank = [("", gettext_lazy("Please choose"))]
        self.fields["profile"].choices = [*blank, *profiles]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["district"].choices = districts if len(districts) == 1 else [*blank, *districts]  # type: ignore[attr-defined]


class ConnectionForm(forms.Form):
    """How a device that we call is reached: the fields that its protocol has."""

    def __init__(self, *args: Any, protocol: Protocol, known: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocol = protocol
        for field in protocol.connection:
            self.fields[f"connection_{field.name}"] = _field(field, field.name in set(known))

    def connection(self) -> dict[str, Any]:
        """What was entered; a secret that was left empty stays as it is."""
        given = {field.name: self.cleaned_data.get(f"connection_{field.name}") for field in self.protocol.connection}
        return {name: value for name, value in given.items() if value not in (None, "")}


def _field(field: CommandField, is_known: bool) -> forms.Field:
    made = source_field(field)
    if field.kind == "secret" and is_known:
        made.help_text = gettext_lazy("Leave empty to keep the one that is stored.")
    return made


class DeviceFields(ConnectionForm):
    """What is asked of every device."""

    title = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("Such as: cold store 3, north wall")
    )
    identity = forms.CharField(
        label=gettext_lazy("Identity"),
        max_length=128,
        widget=CODE,
        help_text=gettext_lazy("Under which the device reports, such as its serial number. Letters, digits and _ . : @ -"),
    )
    place_path = forms.ChoiceField(label=gettext_lazy("Place"))
    firm_code = forms.CharField(
        label=gettext_lazy("Credit code of the firm that runs it"),
        required=False,
        max_length=18,
        widget=CODE,
        help_text=gettext_lazy("If a firm is to see it. Leave empty otherwise."),
    )
    silent_minutes = forms.FloatField(
        label=gettext_lazy("Silent after (minutes)"),
        required=False,
        min_value=0.05,
        help_text=gettext_lazy("Leave empty to take the profile's."),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place_path"].choices = places  # type: ignore[attr-defined]  # a ChoiceField

    def operator(self) -> UUID | None:
        """The firm of the credit code. Raises Invalid where nobody has it."""
        code = self.cleaned_data["firm_code"].strip().upper()
        try:
            return get_organisation(uscc=code).id if code else None
        except NotFound as error:
            raise Invalid("sense.list-operator", field="firm_code", value=code) from error

    def silence(self) -> int | None:
        """Seconds; None for the profile's."""
        minutes = self.cleaned_data["silent_minutes"]
        return None if minutes is None else round(minutes * 60)


class NewDeviceForm(DeviceFields):
    """A device to be entered."""

    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        required=False,
        max_length=100,
        widget=CODE,
        help_text=gettext_lazy("Leave empty to have one made up. Enter the device's own where it cannot be changed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.protocol.has_secret:
            del self.fields["secret"]
        elif self.protocol.own_secret is not None:
            self.fields["secret"].label = str(self.protocol.own_secret)
            self.fields["secret"].help_text = gettext_lazy("Leave empty not to have it checked.")

    def entry(self, profile: str) -> DeviceEntry:
        """The device."""
        values = self.cleaned_data
        return DeviceEntry(
            identity=values["identity"].strip(),
            title=Text(values["title"].strip(), values["title"].strip()),
            profile=profile,
            place_path=values["place_path"],
            secret=values.get("secret", ""),
            operator_id=self.operator(),
            silent_after_seconds=self.silence(),
            notes=values["notes"],
            connection=self.connection(),
        )


class EditDeviceForm(DeviceFields):
    """A device that is there; its identity stays."""

    title_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    secret = forms.CharField(
        required=False, max_length=100, widget=CODE, help_text=gettext_lazy("Leave empty to keep the one that is stored.")
    )
    enabled = forms.BooleanField(
        label=gettext_lazy("In use"), required=False, help_text=gettext_lazy("A device that is not in use is not let in.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["identity"]
        if self.protocol.own_secret is None:
            del self.fields["secret"]
        else:
            self.fields["secret"].label = str(self.protocol.own_secret)
        self.order_fields(["title", "title_en"])

    def changes(self) -> dict[str, Any]:
        """What `update_device` takes."""
        values = self.cleaned_data
        changes: dict[str, Any] = {
            "title": Text(values["title"].strip(), values["title_en"].strip() or values["title"].strip()),
            "place_path": values["place_path"],
            "operator_id": self.operator(),
            "notes": values["notes"],
            "enabled": values["enabled"],
        }
        silence = self.silence()
        changes |= {} if silence is None else {"silent_after_seconds": silence}
        changes |= {"secret": values["secret"]} if values.get("secret") else {}
        return changes | ({"connection": self.connection()} if self.protocol.connection else {})


def initial_of_device(device: Device, firm_code: str) -> dict[str, Any]:
    """What the form shows of a device; secrets are not among it."""
    return {
        "title": device.title.zh,
        "title_en": device.title.en,
        "place_path": device.place_path,
        "firm_code": firm_code,
        "silent_minutes": f"{device.silent_after_seconds / 60:g}",
        "notes": device.notes,
        "enabled": device.enabled,
        **{f"connection_{name}": value for name, value in device.connection.items()},
    }
