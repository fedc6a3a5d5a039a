"""Fragments in the simplified representation: values alone, whose types the entity knows (clauses 4.5.4, 5.6.17)."""

from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity, Fragment, Instance
from yuzhou.capabilities.sense.rules.ngsild.geometry import is_geometry
from yuzhou.capabilities.sense.rules.ngsild.languages import DEFAULT
from yuzhou.capabilities.sense.rules.ngsild.names import checked_name, is_language
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, bad_request
from yuzhou.capabilities.sense.rules.ngsild.reading import ENTITY_MEMBERS, Purpose, read_fragment
from yuzhou.capabilities.sense.rules.ngsild.terms import NULL, VALUE_MEMBER, Kind

_WRAPPED = {"languageMap": Kind.LANGUAGE_PROPERTY, "vocab": Kind.VOCAB_PROPERTY, "json": Kind.JSON_PROPERTY}


def read_simplified(body: Any, context: Context, entity: Entity | None, purpose: Purpose, lang: str | None = None) -> Fragment:
    """A fragment for an entity (None: one that is not there yet); raises Problem.

    An attribute that is there keeps its type. `lang`: the language of plain texts for LanguageProperties; others stay.
    """
    if not isinstance(body, dict):
        raise bad_request("no-object")
    if lang is not None and not is_language(lang):
        raise bad_data("language", value=lang[:40])
    normalised: dict[str, Any] = {}
    for key, value in body.items():
        if key in ENTITY_MEMBERS or value is None:
            normalised[key] = value
        else:
            there = entity.attributes.get(context.expand(checked_name(key)), []) if entity else []
            normalised[key] = _attribute(value, there, lang)
    return read_fragment(normalised, context, purpose)


def _attribute(value: Any, there: list[Instance], lang: str | None) -> Any:
    if not isinstance(value, dict) or set(value) != {"dataset"} or not isinstance(value["dataset"], dict):
        return _instance(value, _kind_of(there, None), lang)
    return [{**_instance(one, _kind_of(there, dataset), lang), "datasetId": dataset} for dataset, one in value["dataset"].items()]


def _kind_of(there: list[Instance], dataset: str | None) -> Kind | None:
    wanted = None if dataset == DEFAULT else dataset
    found = next((one for one in there if one.get("datasetId") == wanted), there[0] if there else None)
    return Kind(found["type"]) if found else None


def _instance(value: Any, kind: Kind | None, lang: str | None) -> dict[str, Any]:
    wrapped = next((member for member in _WRAPPED if isinstance(value, dict) and set(value) == {member}), None)
    if wrapped is not None and kind in (None, _WRAPPED[wrapped]):
        return {"type": _WRAPPED[wrapped].value, wrapped: value[wrapped]}
    if kind is None:
        kind = Kind.GEO_PROPERTY if is_geometry(value) else Kind.PROPERTY
    if kind is Kind.LANGUAGE_PROPERTY:
        value = {DEFAULT if value == NULL or lang is None else lang: value}
    if kind in (Kind.LIST_PROPERTY, Kind.LIST_RELATIONSHIP) and value == NULL:
        value = [NULL]
    return {"type": kind.value, VALUE_MEMBER[kind]: value}
