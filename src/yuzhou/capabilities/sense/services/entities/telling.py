"""Tells subscriptions of what was written."""

from collections.abc import Sequence
from datetime import datetime

from yuzhou.capabilities.sense.contracts.subscriptions import AttributeChange, Change
from yuzhou.capabilities.sense.rules.ngsild.interest import Happened
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment
from yuzhou.capabilities.sense.services.entities.store import Held
from yuzhou.capabilities.sense.services.subscriptions.noticing import note_changes

_HAPPENED = {"created": Happened.CREATED, "updated": Happened.UPDATED, "deleted": Happened.DELETED}


def tell(written: Sequence[Held], gone: Sequence[Held], at: datetime) -> None:
    """Note what changed, in the transaction that changed it; readings are told of when they are ingested."""
    note_changes(
        changes=[
            *(
                _change(one, Happened.CREATED if one.is_new else Happened.UPDATED, at)
                for one in written
                if one.is_new or one.changes
            ),
            *(_change(one, Happened.DELETED, at) for one in gone),
        ]
    )


def _change(one: Held, event: Happened, at: datetime) -> Change:
    entity = one.entity
    return Change(
        urn=entity.id,
        types=entity.types,
        event=event,
        place_path=one.place_path,
        organisation_id=one.organisation_id,
        at=at,
        attributes=tuple(
            AttributeChange(change.name, _HAPPENED[change.kind.value], change.dataset or "", change.before)
            for change in one.changes
        ),
        scopes=entity.scopes,
        created_at=parse_moment(entity.created_at) if entity.created_at else None,
        modified_at=parse_moment(entity.modified_at) if entity.modified_at else None,
        gone=entity.attributes if event is Happened.DELETED else None,
    )
