"""Sentences of what is refused of entities."""

from yuzhou.kernel.errors import declare_message, gettext_noop

for _code, _sentence in {
    "sense.ngsild-entity-unknown": gettext_noop("There is no entity {id} that you may see."),
    "sense.ngsild-entity-exists": gettext_noop("There is an entity {id} already."),
    "sense.ngsild-entity-kept": gettext_noop("The entity {id} is kept by the platform: remove it there."),
    "sense.ngsild-attribute-kept": gettext_noop(
        "The attribute {name} is kept by the platform: change it at the device, site or profile."
    ),
    "sense.ngsild-attribute-live": gettext_noop("The attribute {name} stands for readings, which are not deleted."),
    "sense.ngsild-live-number": gettext_noop("The attribute {name} stands for readings: only numbers may be written to it."),
    "sense.ngsild-type-unknown": gettext_noop("There are no entities of the type {type} that you may see."),
    "sense.ngsild-tenant": gettext_noop("There is no organisation {tenant} that you may see."),
    "sense.ngsild-context-unknown": gettext_noop("There is no context {url} here."),
    "sense.ngsild-context-reload": gettext_noop("Only a copy of a context elsewhere can be fetched anew."),
    "sense.ngsild-cursor": gettext_noop("The page asked for is not one that was given."),
    "sense.ngsild-text-form": gettext_noop("A text has a sign that cannot be stored."),
    "sense.ngsild-batch-large": gettext_noop("That is more than {most} entities at once."),
    "sense.ngsild-no-right": gettext_noop("You may not write this entity."),
}.items():
    declare_message(_code, _sentence)
