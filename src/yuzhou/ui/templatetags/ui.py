"""The components as template tags; loaded in every template."""

from typing import Any

from django import forms, template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import Face
from yuzhou.ui import display, navigation, states
from yuzhou.ui.city_map import visible_layers
from yuzhou.ui.fields import FieldView, FormView
from yuzhou.ui.parts import Action, Empty, Tab, Tabs
from yuzhou.ui.standing import standing_of
from yuzhou.ui.table_view import render_table
from yuzhou.ui.tables import Table

register = template.Library()
Context = template.Context


@register.simple_tag
def icon(name: str, label: Any = "") -> SafeString:
    """An icon by its Tabler name; without a label it is decoration."""
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')  # a constant
    return format_html('<svg class="yz-icon" {}><use href="{}#{}"></use></svg>', voice, static("ui/dist/icons.svg"), name)


@register.simple_tag
def state(kind: str, value: Any) -> SafeString:
    """The badge of a state: `{% state "alarm" alarm.state %}`."""
    if value is None or value == "":
        return format_html("<span>{}</span>", display.NOTHING)
    return badge(states.state_of(kind, value))


def badge(found: states.State) -> SafeString:
    """The badge of a state at hand."""
    return format_html('<span class="yz-state yz-tone-{}">{}{}</span>', found.tone.value, icon(found.icon), found.label)


@register.filter
def as_badge(found: states.State) -> SafeString:
    """The badge of a `State`."""
    return badge(found)


@register.filter
def sees_map(actor: Actor | None) -> bool:
    """Whether there is a layer of the city's map that the actor may see."""
    return actor is not None and bool(visible_layers(actor))


@register.simple_tag
def table(t: Table) -> SafeString:
    """A `ui.tables.Table`."""
    return mark_safe(render_table(t))  # noqa: S308  # a rendered template


@register.simple_tag(takes_context=True)
def part(context: Context, component: Any) -> SafeString:
    """Any component that knows its template: charts, maps, tiles, facts, tabs, timelines, notes …; a table too."""
    if isinstance(component, Table):
        return table(component)
    return render_to_string(component.template, {"part": component}, request=context.get("request"))


@register.simple_tag(takes_context=True)
def empty_state(context: Context, title: Any, text: Any = "", url: str = "", action: Any = "", icon: str = "inbox") -> SafeString:
    """What stands where nothing is, and what to do next: `{% empty_state _("No alarms") text=_("…") url=u action=_("…") %}`."""
    shown = Empty(title, text, Action(action, url, primary=True) if url else None, icon)
    return part(context, shown)


@register.simple_tag(takes_context=True)
def form(context: Context, f: forms.BaseForm) -> SafeString:
    """The fields of a form with its error summary; the page gives `<form>`, the token and the buttons."""
    return render_to_string("ui/parts/form.html", {"view": FormView(f), "form": f}, request=context.get("request"))


@register.simple_tag(takes_context=True)
def field(context: Context, bound: Any) -> SafeString:
    """One field of a form, where a page lays out its own."""
    return render_to_string("ui/parts/field.html", {"field": FieldView(bound)}, request=context.get("request"))


@register.simple_tag(takes_context=True)
def account_tabs(context: Context) -> Tabs:
    """The pages of one's own account that are installed."""
    known = [
        ("ui-account", _("Overview")),
        ("account_change_password", _("Password")),
        ("mfa_index", _("Second factor")),
        ("usersessions_list", _("Sessions")),
        ("administration-profile", _("Profile")),
        ("administration-tokens", _("API tokens")),
    ]
    here = _path(context)
    return Tabs(
        [Tab(title, url, active=here == url) for name, title in known if (url := url_if(name))], _("Account and security")
    )


@register.simple_tag
def url_if(name: str) -> str:
    """The address of a named page; nothing where no such page is installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _actor(context: Context) -> Actor:
    return getattr(context.get("request"), "actor", None) or Actor.public()


def _path(context: Context) -> str:
    return getattr(context.get("request"), "path", "/")


@register.simple_tag(takes_context=True)
def desk_groups(context: Context) -> list[navigation.Group]:
    """The desk's menu."""
    return navigation.groups(_actor(context), Face.DESK, _path(context))


@register.simple_tag(takes_context=True)
def portal_groups(context: Context) -> list[navigation.Group]:
    """The portal's menu."""
    return navigation.groups(_actor(context), Face.PORTAL, _path(context))


@register.simple_tag(takes_context=True)
def standing(context: Context) -> list[Any]:
    """The actor's roles, each with the place or organisation that it is held for."""
    return standing_of(_actor(context))


@register.simple_tag
def other_languages() -> list[tuple[str, str]]:
    """The languages to switch to, each in its own name."""
    return [(code, name) for code, name in settings.LANGUAGES if code != get_language()]


@register.filter
def city_time(moment: Any) -> str:
    """A moment in city time, to the minute."""
    return display.show_time(moment)


@register.filter
def number(value: Any, decimals: int | None = None) -> str:
    """A number with grouped thousands."""
    return display.show_number(value, decimals)


@register.filter
def shown(value: Any) -> str:
    """Any value as people read it; a dash for nothing."""
    return display.show(value)
