"""How the environment's states and values are shown."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, DataFlag, Mark
from yuzhou.domains.environment.rules.factors import Factor, Medium, rounded
from yuzhou.domains.environment.rules.limits import Averaging, Limit
from yuzhou.domains.environment.rules.state import OutletState
from yuzhou.ui.states import State, Tone, declare_states

STATES = "environment-outlet"
FLAGS = "environment-flag"
MEDIA = {Medium.WATER: _("Waste water"), Medium.AIR: _("Waste gas"), Medium.NOISE: _("Noise")}
SYSTEM_TYPES = {
    "21": _("21 Surface water"),
    "22": _("22 Ambient air"),
    "31": _("31 Waste gas source"),
    "32": _("32 Waste water source"),
    "39": _("39 Dust"),
}
AVERAGINGS = {Averaging.HOUR: _("Hourly mean"), Averaging.DAY: _("Daily mean")}
FLAG_WORDS = {
    DataFlag.NORMAL: _("Normal"),
    DataFlag.STOPPED: _("Standing still"),
    DataFlag.MAINTENANCE: _("Maintenance"),
    DataFlag.SET_BY_HAND: _("Entered by hand"),
    DataFlag.FAULT: _("Fault"),
    DataFlag.CALIBRATING: _("Calibrating"),
    DataFlag.OVER_RANGE: _("Above range"),
    DataFlag.LINK_FAULT: _("Link fault"),
}


def declare() -> None:
    """Give the states of outlets and the flags of data their look; once, when Django is ready."""
    declare_states(
        STATES,
        {
            OutletState.NORMAL: State(_("Normal"), Tone.GOOD, "circle-check"),
            OutletState.EXCEEDING: State(_("Above limit"), Tone.CRITICAL, "trending-up"),
            OutletState.FLAGGED: State(_("Doubtful data"), Tone.NOTICE, "flag"),
            OutletState.SILENT: State(_("Silent"), Tone.WARNING, "plug-connected-x"),
            OutletState.OFFLINE: State(_("Offline"), Tone.WARNING, "wifi-off"),
            OutletState.NO_DATA: State(_("Not reported yet"), Tone.QUIET, "circle-dashed"),
            OutletState.CLOSED: State(_("Closed"), Tone.QUIET, "archive"),
        },
    )
    declare_states(
        "environment-exceeding",
        {"yes": State(_("Above limit"), Tone.CRITICAL, "trending-up"), "no": State(_("Kept"), Tone.GOOD, "check")},
    )
    tones = {DataFlag.NORMAL: Tone.GOOD, DataFlag.FAULT: Tone.WARNING, DataFlag.LINK_FAULT: Tone.WARNING}
    looks = {flag: State(word, tones.get(flag, Tone.NOTICE), "flag") for flag, word in FLAG_WORDS.items()}
    looks[DataFlag.NORMAL] = State(FLAG_WORDS[DataFlag.NORMAL], Tone.GOOD, "check")
    declare_states(FLAGS, {str(int(flag)): look for flag, look in looks.items()})


def flag_letter(flag: int) -> str:
    """The letter of HJ 212 for a flag that says something; '?' for a value that we doubt ourselves, '' for a normal one."""
    word = DataFlag(flag & DATA_FLAG_BITS) if flag & DATA_FLAG_BITS < len(DataFlag) else None
    if word:
        return word.letter
    return "?" if flag & Mark.SUSPECT else ""


def flag_note(flag: int) -> str:
    """The flag in words, with our own marks."""
    base = flag & DATA_FLAG_BITS
    words = [str(FLAG_WORDS[DataFlag(base)])] if 0 < base < len(DataFlag) else []
    marks = (
        (Mark.COMPUTED, gettext("computed by the platform")),
        (Mark.LATE, gettext("came late")),
        (Mark.SUSPECT, gettext("doubtful")),
    )
    return " · ".join(words + [text for mark, text in marks if flag & mark])


def show_limit(limit: Limit | None, factor: Factor) -> str:
    """A limit as people write it: 6–9, ≤ 100 mg/L."""
    if limit is None:
        return ""
    unit = f" {factor.symbol}" if factor.symbol else ""
    if limit.lower is not None and limit.upper is not None:
        return f"{limit.lower:g}–{limit.upper:g}{unit}"
    return f"≤ {limit.upper:g}{unit}" if limit.upper is not None else f"≥ {limit.lower:g}{unit}"


def show_value(value: float | None, factor: Factor) -> str:
    """A value with its unit, one decimal more than the standard prints."""
    if value is None:
        return ""
    number = rounded(value, factor)
    return f"{number:g} {factor.symbol}".strip() if abs(number) < 1e6 else f"{number:,.0f} {factor.symbol}".strip()


def show_ratio(ratio: float | None) -> str:
    """A share as a percentage."""
    return "" if ratio is None else f"{ratio * 100:.1f} %"


def show_kilograms(kilograms: float | None) -> str:
    """An amount in kg, with decimals only where they matter."""
    if kilograms is None:
        return ""
    return f"{kilograms:,.0f}" if kilograms >= 100 else f"{kilograms:.2f}"


def choices(words: dict[Any, Any]) -> list[tuple[str, Any]]:
    """The choices of a select from a table of words."""
    return [(str(value), word) for value, word in words.items()]
