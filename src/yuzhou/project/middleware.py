"""Puts the actor on the request and runs every view in a transaction scoped to that actor."""

from collections.abc import Callable
from typing import Any

from allauth.account.middleware import AccountMiddleware
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.http import HttpRequest, HttpResponse

from yuzhou.kernel.access.api import actor_for_request
from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.transactions import acting_as
from yuzhou.project.errors import bad_request, respond


class ActorMiddleware:
    """`request.actor` for every view; the view runs inside `acting_as(request.actor)`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.turn = AccountMiddleware(get_response).process_exception

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request)  # PostgreSQL stores no NUL, and no address of ours has one
        try:
            request.actor = actor_for_request(request)
        except YuzhouError as error:
            return respond(request, error)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any) -> HttpResponse:
        """Run the view within the actor's transaction; an error rolls it back, and a refusal is answered."""
        try:
            with acting_as(request.actor):
                return self._answer(request, view, args, kwargs)
        except YuzhouError as error:
            return respond(request, error)

    def _answer(self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any) -> HttpResponse:
        """The view's answer, rendered. allauth turns elsewhere by an exception: that is no failure, and keeps its writes."""
        try:
            response = view(request, *args, **kwargs)
        except (ImmediateHttpResponse, ReauthenticationRequired) as elsewhere:
            response = self.turn(request, elsewhere)
        if hasattr(response, "render") and callable(response.render):
            response = response.render()
        return response
