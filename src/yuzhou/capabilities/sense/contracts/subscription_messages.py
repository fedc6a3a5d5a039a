"""The sentences of subscriptions."""

from yuzhou.kernel.errors import declare_message, gettext_noop

for _code, _sentence in {
    "sense.ngsild-subscription-form": gettext_noop("A subscription is a JSON object."),
    "sense.ngsild-subscription-member": gettext_noop("The member {member} of the subscription is not as the standard has it."),
    "sense.ngsild-subscription-missing": gettext_noop("The subscription lacks the member {member}."),
    "sense.ngsild-subscription-together": gettext_noop("The members {one} and {other} of a subscription do not go together."),
    "sense.ngsild-subscription-expired": gettext_noop("The subscription would have ended before it begins: {value}."),
    "sense.ngsild-subscription-sources": gettext_noop(
        "There are no context sources here, so that a subscription cannot have the member {member}."
    ),
    "sense.ngsild-subscription-private": gettext_noop(
        "The endpoint leads into a private network: an administrator may open it (YUZHOU_NOTIFIER_ALLOW)."
    ),
    "sense.ngsild-subscription-taken": gettext_noop("There is a subscription {id} already."),
    "sense.ngsild-subscription-unknown": gettext_noop("There is no subscription {id} that you may see."),
}.items():
    declare_message(_code, _sentence)
