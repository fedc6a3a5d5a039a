"""The web's side of the streams: sends the browser on to the streams process."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from yuzhou.project.streams.tickets import issue_ticket


def to_streams(request: HttpRequest, rest: str) -> HttpResponse:
    """Redirect `/streams/…` to the streams process with a ticket; an EventSource follows, and comes back here to reconnect."""
    user_id = request.user.pk if request.user.is_authenticated else None
    query = request.GET.copy()
    query["ticket"] = issue_ticket(user_id)
    response = HttpResponseRedirect(f"{settings.STREAMS_URL}/streams/{rest}?{urlencode(list(query.lists()), doseq=True)}")
    response.status_code = 307
    response["Cache-Control"] = "no-store"
    return response
