"""The sentences of the HTTP door."""

from yuzhou.kernel.errors import declare_message, gettext_noop

for _code, _sentence in {
    "http.no-credential": gettext_noop("Show the secret of the device, or a token, as `Authorization: Bearer …`."),
    "http.wrong-credential": gettext_noop("The credential is not good here."),
    "http.too-many-failures": gettext_noop("Too many wrong credentials came from this address: wait a while."),
    "http.nothing-here": gettext_noop("There is nothing at this address."),
    "http.method": gettext_noop("This address does not take {method}."),
    "http.media-type": gettext_noop("The content type {given} is not read here: send one of {taken}."),
    "http.encoding": gettext_noop("The content encoding {given} is not read here: send one of {taken}."),
    "http.slow": gettext_noop("The body did not arrive in time."),
    "http.rate": gettext_noop("That is more than {most} requests a minute: wait a while."),
    "http.full": gettext_noop("Too much is waiting to be stored: send it again a little later."),
    "http.not-yet": gettext_noop("It is not certain yet that this is stored: send it again, nothing will be stored twice."),
    "http.store-refused": gettext_noop("The store refused this content."),
    "http.key": gettext_noop("An Idempotency-Key has 1 to 255 printable signs."),
    "http.key-reused": gettext_noop("This Idempotency-Key came with another content before."),
    "http.all-refused": gettext_noop("Nothing of this could be taken."),
    "http.strict": gettext_noop("Not all of this could be taken, so nothing was."),
    "http.parameter": gettext_noop("The parameter {name} is not one that is understood."),
    "http.answer": gettext_noop("An answer says “done”: true or false, and may bring a code and data."),
    "http.command-unknown": gettext_noop("There is no such command that waits for an answer of this device."),
    "http.provision": gettext_noop("To be let in, say identity and key; profile, details and claim as you like."),
    "http.fault": gettext_noop("Something went wrong on our side; it has been recorded."),
}.items():
    declare_message(_code, _sentence)
