"""The first page of each face."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.utils.translation import gettext as _

from yuzhou.kernel.declarations import Face
from yuzhou.kernel.requests import Request
from yuzhou.ui import home as gathered
from yuzhou.ui.navigation import groups
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Card, Tiles
from yuzhou.ui.standing import standing_of


def home(request: Request) -> HttpResponse:
    """What the city offers to anyone."""
    cards = [
        Card(link.title, "" if group.is_of_kernel else group.title, link.url, link.icon)
        for group in groups(request.actor, Face.PORTAL, request.path)
        for link in group.links
    ]
    context = {"cards": cards, "tiles": Tiles(gathered.portal_tiles())}
    return render_page(request, "ui/home.html", context)


def desk(request: Request) -> HttpResponse:
    """What waits for me."""
    if not request.actor.is_signed_in:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    context = {
        "standing": standing_of(request.actor),
        "work": gathered.work_table(request),
        "widgets": gathered.widgets(request),
        "notices": gathered.notices(request.actor),
    }
    return render_page(request, "ui/desk_home.html", context, title=_("My desk"))


def account(request: Request) -> HttpResponse:
    """The doors to password, second factor and passkeys."""
    if not request.actor.is_signed_in:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    cards = gathered.account_cards()
    return render_page(
        request, "ui/account.html", {"cards": cards, "standing": standing_of(request.actor)}, title=_("Account and security")
    )
