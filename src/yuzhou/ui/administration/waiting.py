"""What waits for administrators."""

from django.urls import reverse

from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.text import Text
from yuzhou.kernel.worklist.contracts import WorkItem
from yuzhou.ui.administration.naming import Names


def list_waiting_applications(actor: Actor) -> list[WorkItem]:
    """The applications to join that the actor is to review."""
    if not actor.can("kernel.application:review"):
        return []
    found = api.list_applications(actor=actor, state="pending")
    names = Names(application.place_path for application in found)
    return [
        WorkItem(
            key=f"application-{application.id}",
            title=Text(
                f"审核入驻申请：{application.organisation_name}", f"Review the application of {application.organisation_name}"
            ),
            url=reverse("administration-application", args=[application.id]),
            since=application.applied_at,
            part="kernel",
            subject=urn("application", application.id),
            place=names.place(application.place_path),
        )
        for application in found
    ]
