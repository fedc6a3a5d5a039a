"""What the pages share: who may enter, forms whose refusals come back to their fields, secrets shown once."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.errors import Invalid, YuzhouError, message_for
from yuzhou.ui.pages import confirm_page, render_page
from yuzhou.ui.parts import Confirm, Crumb

View = Callable[..., HttpResponse]


def for_people(permission: str | None = None) -> Callable[[View], View]:
    """Let only signed-in people in, and only those who hold the permission if one is named."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor.kind is not ActorKind.PERSON:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if permission:
                actor.require(permission)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def actor_of(request: HttpRequest) -> Actor:
    """Who acts."""
    return request.actor


def try_act(form: forms.Form, act: Callable[[], Any]) -> Any:
    """Do what the form asks; a refusal undoes it, goes to the form, and gives None."""
    try:
        with transaction.atomic():
            return act()
    except YuzhouError as error:
        field = error.field if isinstance(error, Invalid) and error.field in form.fields else None
        form.add_error(field, message_for(error))
        return None


def form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: Any,
    button: Any,
    back: str,
    crumbs: Sequence[Crumb] = (),
    intro: Any = "",
    layout: str = "ui/desk.html",
) -> HttpResponse:
    """A page with one form."""
    context = {"form": form, "button": button, "back": back, "intro": intro, "layout": layout}
    status = 422 if form.is_bound and form.errors else 200
    return render_page(request, "ui/administration/form.html", context, title=title, crumbs=crumbs, status=status)


def ask_then(
    request: HttpRequest, confirm: Confirm, act: Callable[[], Any], done: Any, *, crumbs: Sequence[Crumb] = ()
) -> HttpResponse:
    """Ask, then act on POST and go back with a message; a refusal becomes a message as well."""
    if request.method != "POST":
        return confirm_page(request, confirm, crumbs=crumbs)
    try:
        with transaction.atomic():
            act()
    except YuzhouError as error:
        messages.error(request, message_for(error))
    else:
        messages.success(request, done)
    return redirect(confirm.back_url)


def secret_page(
    request: HttpRequest, *, title: Any, secret: str, text: Any, back: str, name: Any = "", layout: str = "ui/desk.html"
) -> HttpResponse:
    """Show a secret once; neither browser nor proxy may keep the page."""
    context = {"secret": secret, "text": text, "back": back, "name": name, "layout": layout}
    response = render_page(request, "ui/administration/secret.html", context, title=title)
    add_never_cache_headers(response)
    return response
