"""How the states of sense look."""

from django.utils.translation import gettext_lazy as _

from yuzhou.capabilities.sense.contracts import AlarmAct, CloseReason, CommandState, ConnectionState, DeviceState, TrialState
from yuzhou.ui.states import State, Tone, declare_states

declare_states("device", {DeviceState.SILENT: State(_("Silent"), Tone.WARNING, "plug-connected-x")})
declare_states(
    "command",
    {
        CommandState.AWAITING: State(_("Awaits approval"), Tone.WARNING, "users"),
        CommandState.REQUESTED: State(_("Requested"), Tone.QUIET, "clock"),
        CommandState.SENDING: State(_("Sending"), Tone.BUSY, "loader"),
        CommandState.SENT: State(_("Sent"), Tone.BUSY, "loader"),
        CommandState.ACCEPTED: State(_("Accepted by the device"), Tone.BUSY, "check"),
        CommandState.DONE: State(_("Done"), Tone.GOOD, "circle-check"),
        CommandState.FAILED: State(_("Failed"), Tone.CRITICAL, "circle-x"),
        CommandState.EXPIRED: State(_("Expired"), Tone.WARNING, "clock-exclamation"),
        CommandState.REFUSED: State(_("Not let through"), Tone.CRITICAL, "ban"),
        CommandState.CANCELLED: State(_("Taken back"), Tone.QUIET, "x"),
    },
)

declare_states(
    "trial",
    {
        TrialState.WAITING: State(_("Waiting"), Tone.QUIET, "clock"),
        TrialState.RUNNING: State(_("Running"), Tone.BUSY, "loader"),
        TrialState.DONE: State(_("Done"), Tone.GOOD, "circle-check"),
        TrialState.FAILED: State(_("Failed"), Tone.CRITICAL, "circle-x"),
        TrialState.CANCELLED: State(_("Cancelled"), Tone.QUIET, "ban"),
    },
)
declare_states("rule", {"on": State(_("On"), Tone.GOOD, "circle-check"), "off": State(_("Off"), Tone.QUIET, "ban")})
declare_states(
    "connection",
    {
        ConnectionState.CONNECTING: State(_("Connecting"), Tone.BUSY, "loader"),
        ConnectionState.CONNECTED: State(_("Connected"), Tone.GOOD, "plug-connected"),
        ConnectionState.FAILED: State(_("Failed"), Tone.CRITICAL, "plug-connected-x"),
        ConnectionState.MISCONFIGURED: State(_("Settings are wrong"), Tone.WARNING, "alert-triangle"),
    },
)

REASONS = {
    CloseReason.HANDLED: _("The cause was found and dealt with"),
    CloseReason.INSTRUMENT_FAULT: _("The instrument was at fault"),
    CloseReason.MAINTENANCE: _("Maintenance or calibration"),
    CloseReason.PRODUCTION_STOPPED: _("Production had stopped"),
    CloseReason.FALSE_ALARM: _("False alarm"),
    CloseReason.DUPLICATE: _("Dealt with under another alarm"),
    CloseReason.OTHER: _("Another reason"),
}

ACTS = {
    AlarmAct.RAISED: (_("Raised"), "bell", "critical"),
    AlarmAct.SEVERITY_CHANGED: (_("Severity changed"), "alert-triangle", "warning"),
    AlarmAct.ACKNOWLEDGED: (_("Acknowledged"), "eye", "busy"),
    AlarmAct.COMMENTED: (_("Commented"), "message", "quiet"),
    AlarmAct.ANSWERED: (_("Answered by the firm"), "message", "notice"),
    AlarmAct.CLEARED: (_("Back to normal"), "trending-down", "notice"),
    AlarmAct.COMMANDED: (_("Command by the rule"), "send", "busy"),
    AlarmAct.CLOSED: (_("Closed"), "circle-check", "good"),
}

STATISTICS = {
    "rtd": _("real time"),
    "minute": _("minute"),
    "hour": _("hour"),
    "day": _("day"),
    "min": _("minimum"),
    "avg": _("mean"),
    "max": _("maximum"),
    "total": _("total"),
    "converted": _("converted"),
}


def word_statistic(statistic: str) -> str:
    """A statistic in words: `hour-avg` is “hour mean”."""
    return " ".join(str(STATISTICS.get(part, part)) for part in statistic.split("-"))
