"""The sentences of this app's errors."""

from yuzhou.kernel.errors import declare_message, gettext_noop

declare_message("kernel.event-undeclared", gettext_noop("No part declares the event {event}."))
declare_message("kernel.no-subscription", gettext_noop("The subscription of {subscriber} to {event} is no longer declared."))
declare_message("kernel.delivery-not-dead", gettext_noop("The delivery {delivery} is not waiting for repair."))
