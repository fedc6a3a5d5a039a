"""The forms of the rule editor, and the way between them and definitions: levels of conditions joined by AND and OR."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from yuzhou.capabilities.sense.contracts import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
    DataFlag,
    Days,
    Definition,
    During,
    Feed,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Near,
    Operation,
    Other,
    Rate,
    Schedule,
    Severity,
    Stuck,
    Window,
)
from yuzhou.capabilities.sense.contracts.wording import word_aggregate, word_flag, word_other
from yuzhou.ui.states import state_of

Raw = dict[str, Any]
MOST_PARTS = 12
UNITS = (("60", _("minutes")), ("1", _("seconds")), ("3600", _("hours")), ("86400", _("days")))
KINDS = (
    ("limit", _("Value beyond a limit")),
    ("window", _("Mean, extreme, sum, trend … over a time")),
    ("rate", _("Sudden change")),
    ("frozen", _("Same value several times")),
    ("stuck", _("Value hardly moves over a time")),
    ("missing", _("No data")),
    ("flagged", _("Data flag of the instrument")),
    ("compare", _("Compared with another device")),
)
FIELDS = {
    "limit": ("high", "low", "clear_high", "clear_low"),
    "window": ("aggregate", "time", "time_unit", "high", "low", "at_least", "every"),
    "rate": ("change", "time", "time_unit"),
    "frozen": ("samples", "time", "time_unit", "tolerance"),
    "stuck": ("time", "time_unit", "tolerance"),
    "missing": ("time", "time_unit", "valid_only"),
    "flagged": ("flags",),
    "compare": ("operation", "other", "near", "group", "high", "low", "time", "time_unit"),
}
GROUPS = (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT)
Feeds = Mapping[str, tuple[str, str]]  # "property|statistic": title, unit symbol


AGAIN = {
    "hx-post": "",
    "hx-include": "closest form",
    "hx-vals": '{"step": "refresh"}',
    "hx-target": "#rule-editor",
    "hx-select": "#rule-editor",
    "hx-swap": "outerHTML",
}
"""With JavaScript the fields of a kind, and the unit of a property, come with the choice; without it, by a button."""


class NotEditable(Exception):
    """A definition that is nested deeper than the editor can show."""


class HeadForm(forms.Form):
    """What the rule is called, and why it is changed."""

    title_zh = forms.CharField(label=_("Name in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    note = forms.CharField(label=_("Reason for the change"), max_length=500, required=False)


class LevelForm(forms.Form):
    """How grave, for how long, and when."""

    hold = forms.FloatField(label=_("Must last (minutes)"), min_value=0, required=False, initial=0)
    clear = forms.FloatField(label=_("Ends after (minutes without the condition)"), min_value=0, required=False, initial=0)
    start = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=_("Only from (hh:mm)"), required=False)
    end = forms.RegexField(r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", label=_("Only until (hh:mm)"), required=False)
    days = forms.ChoiceField(label=_("On which days"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        severities = [(str(int(s)), state_of("severity", s.key).label) for s in Severity]
        self.fields["severity"] = forms.ChoiceField(label=_("Severity"), choices=severities, initial="2")
        self.order_fields(["severity"])
        days = ((Days.EVERY, _("every day")), (Days.WORKING, _("working days")), (Days.REST, _("days off and holidays")))
        self.fields["days"].choices = [(day.value, label) for day, label in days]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("start")) != bool(cleaned.get("end")):
            self.add_error("end" if cleaned.get("start") else "start", _("Give both times, or none."))
        return cleaned


class ConditionForm(forms.Form):
    """One condition; which fields it has depends on its kind."""

    def __init__(self, *args: Any, feeds: Feeds, kind: str, first: bool, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not first:
            joins = (("and", _("and also")), ("or", _("or else")))
            self.fields["join"] = forms.ChoiceField(label=_("Joined to the condition before by"), choices=joins)
        choices = [(key, title) for key, (title, _unit) in feeds.items()]
        self.fields["feed"] = forms.ChoiceField(label=_("Property"), choices=choices, widget=forms.Select(AGAIN))
        self.fields["kind"] = forms.ChoiceField(label=_("What is watched for"), choices=KINDS, widget=forms.Select(AGAIN))
        for name in FIELDS.get(kind, FIELDS["limit"]):
            self.fields[name] = _field(name, kind, unit)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "high" in self.fields and cleaned.get("high") is None and cleaned.get("low") is None and not self.errors:
            self.add_error("high", _("Give a limit above or below."))
        return cleaned


def _field(name: str, kind: str, unit: str) -> forms.Field:
    def labelled(label: Any) -> Any:
        return f"{label} ({unit})" if unit else label

    def number(label: Any, **more: Any) -> forms.FloatField:
        return forms.FloatField(label=label, **({"required": False} | more))

    plain = kind == "compare"
    times = {
        "missing": _("For how long nothing comes"),
        "rate": _("Within"),
        "frozen": _("For at least"),
        "compare": _("The other value is no older than"),
    }
    match name:
        case "high":
            return number(_("Above") if plain else labelled(_("Above")))
        case "low":
            return number(_("Below") if plain else labelled(_("Below")))
        case "clear_high":
            return number(labelled(_("Over when back down to")))
        case "clear_low":
            return number(labelled(_("Over when back up to")))
        case "change":
            return number(labelled(_("Change of more than")), required=True, min_value=0)
        case "tolerance":
            return number(labelled(_("Within a range of")), min_value=0, initial=0)
        case "samples":
            return forms.IntegerField(label=_("How many times in a row"), min_value=2, initial=5)
        case "at_least":
            return forms.IntegerField(label=_("From how many values on"), min_value=1, initial=2, required=False)
        case "every":
            return number(_("A reading is due every (seconds; for the missing part)"), min_value=1)
        case "time":
            return forms.FloatField(
                label=times.get(kind, _("Over the last")), min_value=0, initial=60 if kind == "window" else 10
            )
        case "time_unit":
            return forms.ChoiceField(label=_("Unit of time"), choices=UNITS)
        case "aggregate":
            return forms.ChoiceField(label=_("What of it"), choices=[(one.value, word_aggregate(one)) for one in Aggregate])
        case "valid_only":
            return forms.BooleanField(label=_("Invalid data counts as none"), required=False)
        case "flags":
            flags = [(str(int(flag)), word_flag(int(flag))) for flag in DataFlag if flag is not DataFlag.NORMAL]
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(label=_("Flags"), choices=flags, widget=widget)
        case "operation":
            operations = ((Operation.DIFFERENCE.value, _("difference")), (Operation.RATIO.value, _("ratio")))
            return forms.ChoiceField(label=_("How"), choices=operations)
        case "other":
            return forms.CharField(label=_("The other device (its identity; empty: a group)"), max_length=128, required=False)
        case "near":
            places = (
                (Near.DISTRICT, _("in the same district")),
                (Near.TOWNSHIP, _("in the same township")),
                (Near.SITE, _("of the same site")),
                (Near.EVERYWHERE, _("of its kind, everywhere")),
            )
            return forms.ChoiceField(label=_("Which group"), choices=[(near.value, label) for near, label in places])
        case _name:
            return forms.ChoiceField(label=_("What of the group"), choices=[(one.value, word_other(one)) for one in GROUPS])


@dataclass(slots=True)
class LevelData:
    """What is entered for a level and its conditions."""

    level: Raw = field(default_factory=dict)
    conditions: list[Raw] = field(default_factory=lambda: [{"kind": "limit"}])


def read_posted(posted: Any) -> list[LevelData]:
    """The entries of the page, as they were typed. `shape` says how many conditions each level has."""
    shape = [int(part) for part in posted.get("shape", "1").split(",") if part.isascii() and part.isdigit()][:MOST_PARTS] or [1]
    return [
        LevelData(_part(posted, f"l{i}-"), [_part(posted, f"c{i}-{j}-") for j in range(min(max(count, 1), MOST_PARTS))])
        for i, count in enumerate(shape)
    ]


def _part(posted: Any, prefix: str) -> Raw:
    names = [name for name in posted if name.startswith(prefix)]
    return {name.removeprefix(prefix): posted.getlist(name) if name.endswith("-flags") else posted.get(name) for name in names}


def change_shape(levels: list[LevelData], step: str) -> None:
    """Add or take away a level or a condition: `add-level`, `add-condition:0`, `remove-level:1`, `remove-condition:0:1`."""
    act, *where = step.split(":")
    places = [int(part) for part in where if part.isascii() and part.isdigit()]
    if act == "add-level" and len(levels) < 4:
        levels.append(LevelData({"severity": "3"}, [dict(one) for one in levels[-1].conditions]))
    elif act == "remove-level" and places and places[0] < len(levels) > 1:
        del levels[places[0]]
    elif act == "add-condition" and places and places[0] < len(levels) and len(levels[places[0]].conditions) < MOST_PARTS:
        levels[places[0]].conditions.append({"kind": "limit", "join": "and"})
    elif act == "remove-condition" and len(places) == 2 and places[0] < len(levels):
        conditions = levels[places[0]].conditions
        if places[1] < len(conditions) > 1:
            del conditions[places[1]]


@dataclass(slots=True)
class Editor:
    """The forms of a whole definition."""

    feeds: Feeds
    data: list[LevelData]
    profile: str = ""
    bound: bool = False
    levels: list[tuple[LevelForm, list[ConditionForm]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for i, data in enumerate(self.data):
            conditions = [self._condition(f"c{i}-{j}", raw, j == 0) for j, raw in enumerate(data.conditions)]
            level = {f"l{i}-{name}": value for name, value in data.level.items()}
            made = LevelForm(level, prefix=f"l{i}") if self.bound else LevelForm(initial=data.level, prefix=f"l{i}")
            self.levels.append((made, conditions))

    @property
    def shape(self) -> str:
        """How many conditions each level has."""
        return ",".join(str(len(conditions)) for _level, conditions in self.levels)

    def _condition(self, prefix: str, raw: Raw, first: bool) -> ConditionForm:
        kind = raw.get("kind") if raw.get("kind") in FIELDS else "limit"
        feed = raw.get("feed") if raw.get("feed") in self.feeds else next(iter(self.feeds), "")
        unit = self.feeds.get(str(feed), ("", ""))[1]
        more: dict[str, Any] = {"feeds": self.feeds, "kind": kind, "first": first, "unit": unit, "prefix": prefix}
        if self.bound:
            return ConditionForm({f"{prefix}-{name}": value for name, value in raw.items()} | {f"{prefix}-kind": kind}, **more)
        return ConditionForm(initial=raw | {"kind": kind}, **more)

    def is_valid(self) -> bool:
        """Whether every part is."""
        faulty = [form for level, conditions in self.levels for form in (level, *conditions) if not form.is_valid()]
        return not faulty  # every form is asked, so that all show what is wrong

    def definition(self, find_device: Any, then: Sequence[Any] = ()) -> Definition:
        """What was entered, once it is valid; `find_device` gives the id of an identity."""
        levels = []
        for level, conditions in self.levels:
            when = _join([(form.cleaned_data, self._leaf(form, find_device)) for form in conditions])
            schedule = _schedule(level.cleaned_data)
            when = During(when, schedule) if schedule != Schedule() else when
            cleaned = level.cleaned_data
            times = (cleaned.get("hold") or 0) * 60, (cleaned.get("clear") or 0) * 60
            levels.append(Level(Severity(int(cleaned["severity"])), when, *times))
        return Definition(tuple(levels), tuple(then))

    def _leaf(self, form: ConditionForm, find_device: Any) -> Condition:
        given = form.cleaned_data
        prop, _sep, statistic = given["feed"].partition("|")
        feed = Feed(prop, statistic)
        seconds = (given.get("time") or 0) * float(given.get("time_unit") or 1)
        bounds = (Bound(given.get("high"), given.get("low"), given.get("clear_high"), given.get("clear_low")),)
        match given["kind"]:
            case "window":
                least, every = given.get("at_least") or 1, given.get("every") or 0
                of = Aggregate(given["aggregate"])
                scaled = tuple(_share(bound) for bound in bounds) if of is Aggregate.MISSING else bounds
                return Window(feed, of, seconds, scaled, least, every)
            case "rate":
                return Rate(feed, given["change"], seconds)
            case "frozen":
                return Frozen(feed, given["samples"], seconds, given.get("tolerance") or 0)
            case "stuck":
                return Stuck(feed, seconds, given.get("tolerance") or 0)
            case "missing":
                return Missing(feed, seconds, bool(given.get("valid_only")))
            case "flagged":
                return Flagged(feed, frozenset(int(flag) for flag in given["flags"]))
            case "compare":
                device: UUID | None = find_device(given["other"]) if given.get("other") else None
                other = Other(feed, device) if device else _group(feed, given, self.profile)
                return Compare(feed, other, Operation(given["operation"]), bounds, seconds or 600)
        return Limit(feed, bounds)


def _group(feed: Feed, given: Mapping[str, Any], profile: str) -> Other:
    return Other(feed, profile=profile, near=Near(given["near"]), of=Aggregate(given["group"]))


def _share(bound: Bound) -> Bound:
    """Per cent, as they are typed, as parts of one."""
    return Bound(None if bound.high is None else bound.high / 100, None if bound.low is None else bound.low / 100)


def _join(parts: Sequence[tuple[Mapping[str, Any], Condition]]) -> Condition:
    """AND binds closer than OR: “a and b or c” is (a and b) or c."""
    groups: list[list[Condition]] = []
    for given, leaf in parts:
        if given.get("join") == "and":
            groups[-1].append(leaf)
        else:
            groups.append([leaf])
    joined = [group[0] if len(group) == 1 else All(tuple(group)) for group in groups]
    return joined[0] if len(joined) == 1 else AnyOf(tuple(joined))


def _schedule(cleaned: Mapping[str, Any]) -> Schedule:
    hours = ((_minute(cleaned["start"]), _minute(cleaned["end"])),) if cleaned.get("start") else ()
    return Schedule(hours, days=Days(cleaned.get("days") or "every"))


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def written(definition: Definition, identities: Mapping[UUID, str]) -> list[LevelData]:
    """The entries that say a definition. Raises NotEditable where it is nested deeper, or dated, or has hours inside."""
    return [LevelData(_write_level(level), _write_parts(level.when, identities)) for level in definition.levels]


def _write_level(level: Level) -> Raw:
    raw: Raw = {"severity": str(int(level.severity)), "hold": level.hold_seconds / 60, "clear": level.clear_seconds / 60}
    if isinstance(level.when, During):
        schedule = level.when.schedule
        if len(schedule.hours) > 1 or schedule.weekdays:
            raise NotEditable
        raw["days"] = schedule.days.value
        for start, end in schedule.hours:
            raw |= {"start": f"{start // 60:02}:{start % 60:02}", "end": f"{end // 60:02}:{end % 60:02}"}
    return raw


def _write_parts(condition: Condition, identities: Mapping[UUID, str]) -> list[Raw]:
    inner = condition.of if isinstance(condition, During) else condition
    groups = inner.of if isinstance(inner, AnyOf) else (inner,)
    parts: list[Raw] = []
    for group in groups:
        for place, leaf in enumerate(group.of if isinstance(group, All) else (group,)):
            parts.append(_write_leaf(leaf, identities) | {"join": "and" if place else "or"})
    return parts


def _write_leaf(leaf: Condition, identities: Mapping[UUID, str]) -> Raw:
    if isinstance(leaf, All | AnyOf | During):
        raise NotEditable
    raw: Raw = {"feed": f"{leaf.feed.property}|{leaf.feed.statistic}"}
    match leaf:
        case Limit(bounds=bounds):
            return raw | {"kind": "limit"} | _write_bound(bounds, 1)
        case Window(of=of, seconds=seconds, bounds=bounds, at_least=least, every_seconds=every):
            scale = 100 if of is Aggregate.MISSING else 1
            more = {"aggregate": of.value, "at_least": least, "every": every or None}
            return raw | {"kind": "window"} | more | _write_time(seconds) | _write_bound(bounds, scale)
        case Rate(change=change, per_seconds=per):
            return raw | {"kind": "rate", "change": change} | _write_time(per)
        case Frozen(samples=samples, seconds=seconds, tolerance=tolerance):
            return raw | {"kind": "frozen", "samples": samples, "tolerance": tolerance} | _write_time(seconds)
        case Stuck(seconds=seconds, tolerance=tolerance):
            return raw | {"kind": "stuck", "tolerance": tolerance} | _write_time(seconds)
        case Missing(seconds=seconds, valid_only=valid_only):
            return raw | {"kind": "missing", "valid_only": valid_only} | _write_time(seconds)
        case Flagged(flags=flags):
            return raw | {"kind": "flagged", "flags": [str(flag) for flag in sorted(flags)]}
        case Compare(other=other, operation=operation, bounds=bounds, within_seconds=within):
            whom = {"near": other.near.value, "group": other.of.value, "operation": operation.value}
            whom["other"] = identities.get(other.device, "") if other.device else ""
            if other.feed != leaf.feed or other.place or (other.device and not whom["other"]):
                raise NotEditable
            return raw | {"kind": "compare"} | whom | _write_time(within) | _write_bound(bounds, 1)


def _write_time(seconds: float) -> Raw:
    unit = next((unit for unit in (86400, 3600, 60) if seconds and seconds % unit == 0), 1)
    return {"time": seconds / unit, "time_unit": str(unit)}


def _write_bound(bounds: tuple[Bound, ...], scale: float) -> Raw:
    if len(bounds) != 1 or bounds[0].valid_from or bounds[0].valid_to:
        raise NotEditable
    values = {name: getattr(bounds[0], name) for name in ("high", "low", "clear_high", "clear_low")}
    return {name: value * scale for name, value in values.items() if value is not None}
