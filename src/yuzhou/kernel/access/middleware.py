"""Rules of sessions: how long they last, that one-time passwords are changed, and in which language they speak."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from yuzhou.kernel import clock
from yuzhou.kernel.access.signing_in import SIGNED_IN_AT

SEEN_AT = "seen_at"
SEEN_EVERY = 300  # seconds between two writes of a session in use
LONGEST = 7 * 24 * 3600  # seconds from sign-in, however busy


class SessionRules:
    """Ends a session seven days after sign-in, or after twelve idle hours (`SESSION_COOKIE_AGE`).

    Requires a new password after a one-time one, and speaks the person's language where the browser chose none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _keep_time(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        _speak(request, request.user.language)
        if request.user.must_change_password and not _is_open(request.path):
            return _demand_password(request)
        return self.get_response(request)


def _keep_time(request: HttpRequest) -> None:
    """End the session if it is too old, else note now and then that it is in use."""
    moment = clock.now().timestamp()
    signed_in = request.session.setdefault(SIGNED_IN_AT, moment)
    seen = request.session.get(SEEN_AT, signed_in)
    if moment - signed_in > LONGEST or moment - seen > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif SEEN_AT not in request.session or moment - seen > SEEN_EVERY:
        request.session[SEEN_AT] = moment


def _speak(request: HttpRequest, language: str) -> None:
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()  # as LocaleMiddleware does


def _is_open(path: str) -> bool:
    """Whether the path serves someone who must change a one-time password first."""
    free = (reverse("account_change_password"), reverse("account_logout"), settings.STATIC_URL, "/language")
    return path.startswith(free)


def _demand_password(request: HttpRequest) -> HttpResponse:
    address = reverse("account_change_password")
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": "Password change required", "status": 403, "code": "kernel.password-one-time"}
        return JsonResponse(problem, status=403, content_type="application/problem+json")
    return redirect(address)
