"""What a person says of a subscription, and the subscription that it is (NGSI-LD)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from yuzhou.capabilities.sense.contracts.subscriptions import Subscription
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.capabilities.sense.rules.ngsild.subscription import DEFAULT_TRIGGERS, show

TRIGGERS = [
    ("attributeCreated", gettext_lazy("An attribute is new")),
    ("attributeUpdated", gettext_lazy("An attribute changes")),
    ("attributeDeleted", gettext_lazy("An attribute goes")),
    ("entityCreated", gettext_lazy("An entity is new")),
    ("entityDeleted", gettext_lazy("An entity goes")),
]
FORMATS = [
    ("normalized", gettext_lazy("Whole (normalized)")),
    ("concise", gettext_lazy("Concise")),
    ("keyValues", gettext_lazy("Values only (keyValues)")),
]


class SubscriptionForm(forms.Form):
    """Of what to tell, and whom."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    types = forms.CharField(
        label=gettext_lazy("Types of entities"),
        max_length=500,
        help_text=gettext_lazy("A type selection, such as Device or (Room|Hall);Heated; * for all."),
    )
    entity = forms.CharField(
        label=gettext_lazy("One entity only"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Its URN; empty: all of the types."),
    )
    watched = forms.CharField(
        label=gettext_lazy("Watched attributes"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("With commas; empty: all."),
    )
    triggers = forms.MultipleChoiceField(
        label=gettext_lazy("Tell when"), choices=TRIGGERS, widget=forms.CheckboxSelectMultiple, initial=list(DEFAULT_TRIGGERS)
    )
    q = forms.CharField(
        label=gettext_lazy("Only where (q)"), required=False, max_length=2000, help_text=gettext_lazy("Such as temperature>30.")
    )
    throttling = forms.FloatField(
        label=gettext_lazy("At most every so many seconds"), required=False, min_value=0.001, max_value=31_622_400
    )
    uri = forms.CharField(
        label=gettext_lazy("Address of the receiver"),
        max_length=2000,
        help_text=gettext_lazy("http, https, mqtt or mqtts; private networks must be opened by an administrator."),
    )
    format = forms.ChoiceField(label=gettext_lazy("Form"), choices=FORMATS)

    def body(self) -> dict[str, Any]:
        """The members that the form is about; what it leaves empty goes."""
        given = self.cleaned_data
        selector = {"type": given["types"]} | ({"id": given["entity"]} if given["entity"] else {})
        return {
            "type": "Subscription",
            "subscriptionName": given["name"],
            "entities": [selector],
            "watchedAttributes": [one.strip() for one in given["watched"].split(",") if one.strip()] or None,
            "notificationTrigger": given["triggers"],
            "q": given["q"] or None,
            "throttling": given["throttling"],
            "notification": {"format": given["format"], "endpoint": {"uri": given["uri"]}},
        }


def initial_of(found: Subscription) -> dict[str, Any]:
    """What the form shows of a subscription."""
    shown = show(found.document, CORE_CONTEXT)
    selector = (shown.get("entities") or [{"type": "*"}])[0]
    return {
        "name": found.name,
        "types": selector["type"],
        "entity": selector.get("id", ""),
        "watched": ", ".join(shown.get("watchedAttributes", ())),
        "triggers": shown.get("notificationTrigger", list(DEFAULT_TRIGGERS)),
        "q": shown.get("q", ""),
        "throttling": shown.get("throttling"),
        "uri": shown["notification"]["endpoint"]["uri"],
        "format": shown["notification"].get("format", "normalized"),
    }
