"""What kinds of sites are which types of entities: declared by the parts, kept where the database's triggers read it."""

import hashlib
import json
from collections.abc import Iterable

from django.db import connection

from yuzhou.capabilities.sense.models import EntityModelRecord
from yuzhou.capabilities.sense.rules.ngsild.core_context import DEFAULT_VOCAB
from yuzhou.kernel import registry
from yuzhou.kernel.declarations import EntityModel
from yuzhou.kernel.transactions import transaction_required

_RENAME = """
UPDATE sense_entity e SET urn = sense_site_urn(s.kind, s.id), types = ARRAY[coalesce(m.type, sense_term('Site'))]
FROM kernel_sites_site s LEFT JOIN sense_entity_model m ON m.kind = s.kind
WHERE e.source = 2 AND e.source_id = s.id AND s.kind = ANY (%(kinds)s)
"""
_PROJECT = "SELECT sense_project_sites(array_agg(id)) FROM kernel_sites_site WHERE kind = ANY (%(kinds)s) HAVING count(*) > 0"


def declared_models() -> list[EntityModel]:
    """What the parts declare."""
    return [model for _, model in registry.every("entity_models")]


def type_of(model: EntityModel) -> str:
    """The IRI of its type."""
    return model.iri or DEFAULT_VOCAB + model.term


def declared_version() -> str:
    """Changes with what is declared."""
    text = json.dumps([[model.kind, model.term, type_of(model)] for model in declared_models()])
    return hashlib.sha256(text.encode()).hexdigest()


@transaction_required
def load_entity_models() -> None:
    """Bring the declared models in; entities of sites whose type changed take it on. Idempotent; as the database owner."""
    wanted = {model.kind: (type_of(model), model.term) for model in declared_models()}
    known = {row.kind: (row.type, row.term) for row in EntityModelRecord.objects.all()}
    changed = [kind for kind in wanted.keys() | known.keys() if wanted.get(kind) != known.get(kind)]
    EntityModelRecord.objects.filter(kind__in=changed).delete()
    EntityModelRecord.objects.bulk_create(
        EntityModelRecord(kind=kind, type=wanted[kind][0], term=wanted[kind][1]) for kind in changed if kind in wanted
    )
    _project_anew(changed)


def _project_anew(kinds: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in (_RENAME, _PROJECT):
            cursor.execute(statement, {"kinds": list(kinds)})
