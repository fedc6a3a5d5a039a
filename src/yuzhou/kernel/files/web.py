"""Downloads."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.files.contracts import FileRef
from yuzhou.kernel.files.rules import SHOWN_IN_PAGE
from yuzhou.kernel.files.services import get_file, open_file


@require_safe
def download(request: HttpRequest, file: UUID) -> HttpResponseBase:
    """A file, as an attachment unless it is a picture; it can run nothing in the reader's browser."""
    actor: Actor = request.actor
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    found = get_file(actor=actor, file=file)
    response: HttpResponseBase
    if f'"{found.sha256}"' in known:
        response = HttpResponseNotModified()
    else:
        found, content = open_file(actor=actor, file=file)
        response = FileResponse(
            content, as_attachment=found.media_type not in SHOWN_IN_PAGE, filename=found.name, content_type=found.media_type
        )
        response["Content-Length"] = found.size
    _protect(response, found)
    return response


def _protect(response: HttpResponseBase, found: FileRef) -> None:
    response["ETag"] = f'"{found.sha256}"'
    response["Cache-Control"] = "public, max-age=3600" if found.is_public else "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
