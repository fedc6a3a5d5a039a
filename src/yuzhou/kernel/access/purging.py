"""Forgets what has ended: sessions, access tokens of machines, counts of the throttle. Accounts and grants stay on record."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from oauth2_provider.models import AccessToken

from yuzhou.kernel import clock


def purge_expired() -> None:
    """Delete what expired before now; runs as a nightly job."""
    moment = clock.now()
    Session.objects.filter(expire_date__lt=moment).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    AccessToken.objects.filter(expires__lt=moment).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_access_cache WHERE expires < %s", [moment])
