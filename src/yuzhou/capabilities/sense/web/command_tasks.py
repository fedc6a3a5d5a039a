"""Commands that wait for the word of a second person, on the worklist."""

from django.utils.translation import gettext as _

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandState
from yuzhou.capabilities.sense.web.command_words import word_asker, word_command
from yuzhou.capabilities.sense.web.commands import command_url
from yuzhou.capabilities.sense.web.rows import place_names
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.worklist.api import WorkItem

MOST_TASKS = 100


def waiting_commands(actor: Actor) -> list[WorkItem]:
    """Commands that the actor may approve: of others, within reach."""
    if not actor.can("sense.command:approve"):
        return []
    found = api.list_commands(actor=actor, states=[CommandState.AWAITING], limit=MOST_TASKS)
    mine = [
        one for one in found if one.requested_by_id != actor.id and actor.can("sense.command:approve", place_path=one.place_path)
    ]
    names = place_names(one.place_path for one in mine)
    return [
        WorkItem(
            key=str(one.id),
            title=_("Approve “{command}” to {device}, asked by {who}").format(
                command=word_command(one), device=one.device_title, who=word_asker(one)
            ),
            url=command_url(one),
            since=one.requested_at,
            part="sense",
            severity=Severity.MAJOR,
            subject=urn("command", one.id),
            place=names[one.place_path],
        )
        for one in mine
    ]
