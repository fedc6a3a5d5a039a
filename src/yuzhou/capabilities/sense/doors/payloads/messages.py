"""The sentences of refused payloads, the same for every door that reads them."""

from yuzhou.kernel.errors import declare_message, gettext_noop

WITH_FIELD = declare_message("payload.at-row-and-field", gettext_noop("Row {row}, {field}: {problem}"))
WITH_ROW = declare_message("payload.at-row", gettext_noop("Row {row}: {problem}"))
WITHOUT_ROW = declare_message("payload.whole", gettext_noop("{problem}"))

for _code, _sentence in {
    "payload.empty": gettext_noop("The payload is empty."),
    "payload.not-json": gettext_noop("This is not JSON: {problem}."),
    "payload.not-cbor": gettext_noop("This is not CBOR: {problem}."),
    "payload.not-csv": gettext_noop("This is not CSV: {problem}."),
    "payload.not-arrow": gettext_noop("This is not an Arrow stream or file: {problem}."),
    "payload.not-utf8": gettext_noop("The text is not UTF-8."),
    "payload.not-a-report": gettext_noop("A report is an object with the members at, device, values, flags, units."),
    "payload.unknown-member": gettext_noop("A report has no member of this name."),
    "payload.no-values": gettext_noop("There are no values."),
    "payload.too-many": gettext_noop("These are more than {most} readings in one payload."),
    "payload.too-large": gettext_noop("The payload is larger than {most} bytes."),
    "payload.too-deep": gettext_noop("The payload is nested too deeply."),
    "payload.encoding": gettext_noop("The payload cannot be unpacked: {problem}."),
    "payload.time": gettext_noop("This is no time: give ISO 8601 with its zone, or seconds or milliseconds since 1970."),
    "payload.time-naive": gettext_noop("The time lacks its zone: write Z or +08:00 behind it."),
    "payload.time-missing": gettext_noop("The time is missing."),
    "payload.future-time": gettext_noop("The time is {seconds} seconds ahead of our clock."),
    "payload.past-time": gettext_noop("The time is {days} days ago: older than any device keeps its data."),
    "payload.property": gettext_noop("A property has 1 to 64 letters, digits and the signs _ . : / -"),
    "payload.value": gettext_noop("This is no number."),
    "payload.not-numeric": gettext_noop("A text is not kept as a reading."),
    "payload.flag": gettext_noop("The flag {flag} is not one of N, F, M, S, D, C, T, B."),
    "payload.unit": gettext_noop("The unit {unit} cannot be converted to {wanted}, in which the property is kept."),
    "payload.unit-unknown": gettext_noop("{unit} is not a unit by UCUM."),
    "payload.no-such-value": gettext_noop("There is no value of this name to which this belongs."),
    "payload.device-missing": gettext_noop("It is not said which device this is from."),
    "payload.device-unknown": gettext_noop("There is no device {device} that may be spoken for here."),
    "payload.device-other": gettext_noop("This speaks for the device {device}, but was sent as another."),
    "payload.column-missing": gettext_noop("The column {column} is missing."),
    "payload.column-twice": gettext_noop("The column {column} is there twice."),
    "payload.column-type": gettext_noop("The column {column} is of a type that is not read here: {kind}."),
    "payload.cells": gettext_noop("The row has {found} cells instead of {expected}."),
    "payload.too-many-series": gettext_noop("The device reports more than {most} different values."),
}.items():
    declare_message(_code, _sentence)
