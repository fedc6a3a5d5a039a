"""What goes wrong, as pages: what happened, what was kept, and what to do."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import PermissionDenied, YuzhouError, message_for


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words for one kind of failure."""

    title: Any
    happened: Any
    kept: Any
    do: Any


NOTHING_CHANGED = _("Nothing was changed.")
EXPLANATIONS = {
    400: Explanation(
        _("This request cannot be read"),
        _("The address or the data sent is incomplete or malformed."),
        NOTHING_CHANGED,
        _("Go back, check what you entered, and send it again."),
    ),
    403: Explanation(
        _("You may not do this"),
        _("Your role does not include this act, or not in this place."),
        NOTHING_CHANGED,
        _("If you need it for your work, ask the administrator of your organisation for the role."),
    ),
    404: Explanation(
        _("There is nothing here"),
        _("The address is wrong, the thing was removed, or it lies outside your area."),
        NOTHING_CHANGED,
        _("Check the address, or look for it from the first page."),
    ),
    405: Explanation(
        _("This request cannot be read"),
        _("This address does not take that kind of request."),
        NOTHING_CHANGED,
        _("Go back and use the buttons of the page."),
    ),
    409: Explanation(
        _("It has changed in the meantime"),
        _("Someone else was faster, or the present state does not allow this act."),
        _("What was saved before is kept; your last act was not carried out."),
        _("Go back, reload the page, and look at the present state."),
    ),
    422: Explanation(
        _("What you entered breaks a rule"),
        _("At least one value cannot be accepted."),
        NOTHING_CHANGED,
        _("Go back, correct the value, and send it again."),
    ),
    429: Explanation(
        _("Too many requests"),
        _("You have asked more often than the limit allows."),
        _("What was saved before is kept; your last act was not carried out."),
        _("Wait a minute, then try again."),
    ),
    500: Explanation(
        _("Something went wrong on our side"),
        _("The error has been recorded for the operators."),
        _("What was saved before is kept; your last act was not carried out."),
        _("Try again in a minute. If it stays, tell the operators the time and the address of this page."),
    ),
    503: Explanation(
        _("Not available just now"),
        _("A part of the platform is starting or being maintained."),
        _("What was saved before is kept; your last act was not carried out."),
        _("Try again in a minute."),
    ),
}
CSRF = Explanation(
    _("The form is too old"),
    _("It was open for too long, or you signed in or out in another window since."),
    _("Nothing was changed. Your entries are still in the form when you go back."),
    _("Go back, reload the page, and send the form again."),
)


def error_page(
    request: HttpRequest, status: int, *, error: YuzhouError | None = None, words: Explanation | None = None
) -> HttpResponse:
    """The page for a status; an error's own sentence takes the place of the general one."""
    explanation = words or EXPLANATIONS.get(status) or EXPLANATIONS[400 if status < 500 else 500]
    actor = getattr(request, "actor", None) or Actor.public()
    on_desk = request.path.startswith("/desk/") and actor.is_signed_in
    context = {
        "status": status,
        "explanation": explanation,
        "happened": _sentence(error) if error else explanation.happened,
        "code": error.code if error else "",
        "layout": "ui/desk.html" if on_desk and status < 500 else "ui/portal.html" if status < 500 else "ui/base.html",
        "home": "/desk/" if on_desk else "/",
        "page_title": explanation.title,
    }
    return HttpResponse(render_to_string("ui/error.html", context, request=request), status=status)


def _sentence(error: YuzhouError) -> str:
    """The error's sentence, with the permission that lacks by its title."""
    if not isinstance(error, PermissionDenied) or "permission" not in error.params:
        return message_for(error)
    key = error.params["permission"]
    title = next((str(item.title) for _part, item in registry.every("permissions") if item.key == key), key)
    return message_for(PermissionDenied(error.code, **{**error.params, "permission": title}))


def response_to(request: HttpRequest, error: YuzhouError) -> HttpResponse:
    """The answer to an error that a view raised; one who is not signed in is asked to."""
    actor = getattr(request, "actor", None) or Actor.public()
    if isinstance(error, PermissionDenied) and not actor.is_signed_in:
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
    return error_page(request, error.status, error=error)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: needs neither database nor session."""
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    return error_page(request, 403, words=CSRF)
