"""The sentences of what NGSI-LD refuses over HTTP: headers, parameters, forms of bodies."""

from yuzhou.kernel.errors import declare_message, gettext_noop

for _code, _sentence in {
    "attributes-unknown": gettext_noop("The entity {id} has none of these attributes."),
    "attrs-and-pick": gettext_noop("“attrs” does not go together with “pick” or “omit”."),
    "batch-form": gettext_noop("The body must be a JSON array that is not empty."),
    "boolean": gettext_noop("“{member}” must be true or false."),
    "context-core": gettext_noop("The core context is part of the platform."),
    "context-kind": gettext_noop("“{value}” is no kind of contexts: Hosted, Cached or ImplicitlyCreated."),
    "context-in-json": gettext_noop(
        "A body of application/json has no @context: name it in a Link header, or send application/ld+json."
    ),
    "context-link-and-body": gettext_noop("The @context stands in the body, or in a Link header, not in both."),
    "context-links": gettext_noop("The Link header names more than one @context."),
    "context-missing": gettext_noop("A body of application/ld+json needs its @context."),
    "csrf": gettext_noop("A write by session needs the CSRF token (X-CSRFToken)."),
    "distributed": gettext_noop("“{member}” is for distributed operations, which are not offered here."),
    "fault": gettext_noop("Something went wrong on our side; it has been recorded."),
    "federation": gettext_noop("Context sources are not registered here: everything is answered from this one place."),
    "integer": gettext_noop("“{member}” must be a whole number from {low} on."),
    "join": gettext_noop("“{value}” is no way to join entities: inline, flat or @none."),
    "join-deep": gettext_noop("Relationships are followed {most} levels at most."),
    "join-large": gettext_noop("The relationships lead to more than {most} entities."),
    "join-level": gettext_noop("“joinLevel” needs “join”."),
    "json": gettext_noop("The body cannot be read as JSON."),
    "keep-and-drop": gettext_noop("“keep” does not go together with “drop”."),
    "limit": gettext_noop("A page has {most} entries at most."),
    "limit-nought": gettext_noop("A page of none is for counting only (count=true)."),
    "media-type": gettext_noop("A body of “{value}” is not read here: send {takes}."),
    "method": gettext_noop("There is no {method} here."),
    "no-resource": gettext_noop("The interface has nothing at this address."),
    "not-acceptable": gettext_noop("Answers come as {offers}."),
    "option": gettext_noop("“{value}” is no option of this operation."),
    "other-entity": gettext_noop("The body is of another entity: {id}."),
    "parameter-twice": gettext_noop("The parameter “{name}” is given twice."),
    "parameter-unknown": gettext_noop("This operation has no parameter “{name}”."),
    "prefer": gettext_noop("“{value}” is no form of a body: json or ld+json."),
    "query-entities": gettext_noop("“entities” must be an array of entity selectors."),
    "query-member": gettext_noop("A query has no member “{member}” of this form."),
    "query-type": gettext_noop("The body of a query has the type “Query”."),
    "query-wide": gettext_noop("A query needs a type, attributes, a “q” or a place."),
    "timeout": gettext_noop("The query takes too long: ask for less."),
    "too-large": gettext_noop("The body is too large."),
    "unreadable": gettext_noop("The request cannot be read."),
    "unstorable": gettext_noop("The request has a value that cannot be stored."),
}.items():
    declare_message(f"sense.ngsild-{_code}", _sentence)
