"""The sentences of sense: of errors, of alarm reasons, of refusals."""

from yuzhou.kernel.errors import declare_message, gettext_noop

for _code, _sentence in {
    "sense.uneven-batch": gettext_noop("The columns of a batch must be of one length."),
    "sense.identity-taken": gettext_noop("A device with the identity {identity} is registered already."),
    "sense.identity-empty": gettext_noop("A device needs an identity."),
    "sense.device-unknown": gettext_noop("There is no such device that you may see."),
    "sense.alarm-unknown": gettext_noop("There is no such alarm that you may see."),
    "sense.alarm-closed": gettext_noop("The alarm is closed already."),
    "sense.comment-empty": gettext_noop("Write something."),
    "sense.rule-invalid": gettext_noop("The rule is not well formed: {problem}."),
    "sense.rule-aimless": gettext_noop("A rule needs either a device or a profile."),
    "sense.command-unknown": gettext_noop("Devices of this protocol know no command {name}."),
    "sense.command-value": gettext_noop("The value of “{field}” is not one that the command takes."),
    "sense.command-finished": gettext_noop("The command is finished already."),
    "sense.too-many-points": gettext_noop("That is more than {limit} readings at once: narrow the time or ask for means."),
    "sense.impossible-time": gettext_noop("Readings with a time that cannot be."),
    "sense.alarm.limit-high": gettext_noop("{property}: {value} is above the limit {limit}"),
    "sense.alarm.limit-low": gettext_noop("{property}: {value} is below the limit {limit}"),
    "sense.alarm.missing": gettext_noop("{property}: no data for {duration}"),
    "sense.alarm.frozen": gettext_noop("{property}: the value {value} does not change"),
    "sense.alarm.rate": gettext_noop("{property}: {value}, a sudden change"),
    "sense.alarm.flagged": gettext_noop("{property}: data flagged {flag}"),
    "sense.alarm.rule-withdrawn": gettext_noop("The rule was withdrawn"),
}.items():
    declare_message(_code, _sentence)
