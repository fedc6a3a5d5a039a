"""What is entered in the rule editor, step by step, and the way from there to a definition: levels of conditions joined by AND
and OR."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.contracts import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Condition,
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
from yuzhou.capabilities.sense.web.rule_forms import FIELDS, MOST_PARTS, ConditionForm, Feeds, LevelForm, Raw


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
