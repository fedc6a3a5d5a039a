"""Files that go with comments on alarms: taking them, showing them, handing them out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpRequest
from django.urls import reverse
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Alarm
from yuzhou.kernel.files.api import list_files


class FilesInput(forms.ClearableFileInput):
    """Takes several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each is judged like a single one."""
        one = super().clean
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [one(each, initial) for each in given]


def attachment_links(request: HttpRequest, found: Alarm, files: Sequence[str]) -> list[tuple[str, str]]:
    """The names and addresses of an entry's files."""
    known = list_files(actor=request.actor, files=[UUID(one) for one in files]) if files else []
    return [(one.name, reverse("sense:alarm-file", args=[found.id, one.id])) for one in known]


@require_safe
def attachment(request: HttpRequest, alarm_id: UUID, file_id: UUID) -> FileResponse:
    """A file that went with a comment."""
    found, content = api.open_attachment(actor=request.actor, alarm_id=alarm_id, file_id=file_id)
    return FileResponse(content, as_attachment=True, filename=found.name, content_type=found.media_type)
