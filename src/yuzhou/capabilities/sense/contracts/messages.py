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
    "sense.command-not-found": gettext_noop("There is no such command that you may see."),
    "sense.command-under-way": gettext_noop("The command went down already: it cannot be cancelled any more."),
    "sense.command-not-awaiting": gettext_noop("The command does not wait for approval."),
    "sense.command-own": gettext_noop("Whoever asked for a command cannot approve it: another person must."),
    "sense.command-not-a-person": gettext_noop("Only a person can do this."),
    "sense.command-still-open": gettext_noop("The command has not ended yet: it cannot be asked for again."),
    "sense.command-no-devices": gettext_noop("None of the devices chosen can take this command."),
    "sense.command-too-many": gettext_noop("That is more than {most} devices: narrow the choice."),
    "sense.command-type-invalid": gettext_noop("The command is not well formed: {problem}."),
    "sense.command.reason-needed": gettext_noop("Say why."),
    "sense.command.rejected": gettext_noop("{by} rejected it: {text}"),
    "sense.command.never-connected": gettext_noop("It was never sent: the device was not connected in time."),
    "sense.command.never-approved": gettext_noop("It was never sent: nobody approved it in time."),
    "sense.command.not-sent": gettext_noop("It was never sent: the device's door stopped after it had taken the command."),
    "sense.command.no-word": gettext_noop("It was sent, and no word came back: look at the device before you ask again."),
    "sense.interlock-invalid": gettext_noop("The interlock is not well formed: {problem}."),
    "sense.interlock-aimless": gettext_noop("An interlock needs either a device or a profile."),
    "sense.interlock-unknown": gettext_noop("There is no such interlock."),
    "sense.interlock.below": gettext_noop("{title}: {field} {value} is below the lowest allowed, {limit}."),
    "sense.interlock.above": gettext_noop("{title}: {field} {value} is above the highest allowed, {limit}."),
    "sense.interlock.change": gettext_noop(
        "{title}: {field} may change by at most {limit} within {seconds} s; it would go from {before} to {value}."
    ),
    "sense.interlock.pause": gettext_noop("{title}: {seconds} s must pass after “{command}”; it was sent {ago} s ago."),
    "sense.interlock.condition": gettext_noop(
        "{title}: {property} must be {operator} {limit}; {value} was seen at {device} {age} s ago."
    ),
    "sense.interlock.stale": gettext_noop(
        "{title}: the newest value of {property} at {device} is {value}, {age} s old; at most {limit} s are allowed."
    ),
    "sense.interlock.invalid": gettext_noop("{title}: the newest value of {property} at {device}, {value}, is not valid."),
    "sense.interlock.unknown": gettext_noop("{title}: no value of {property} is known."),
    "sense.interlock.exclusive": gettext_noop("{title}: “{command}” is under way."),
    "sense.interlock.locked": gettext_noop("{by} locked the device out until {until}: {text}"),
    "sense.interlock.disabled": gettext_noop("The device is disabled."),
    "sense.lock-until": gettext_noop("A lock-out ends in the future, within {most} days."),
    "sense.lock-unknown": gettext_noop("There is no such lock-out."),
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
