"""How allauth serves this platform: accounts come from administrators and invitations, secrets are encrypted, acts recorded."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa import signals as mfa_signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from yuzhou.kernel import acts, clock, ids
from yuzhou.kernel.access import factors, rules
from yuzhou.kernel.access.models import User
from yuzhou.kernel.actor import Actor, ActorKind

SIGNED_IN_AT = "signed_in_at"


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; a password that a person chose is no longer a one-time password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: see invitations and applications."""
        return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The stored spelling of what was typed at sign-in."""
        return rules.normal_username(username)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Count and check attempts under the one spelling of a name, so that letters' case opens no second allowance."""
        if credentials.get("username"):
            credentials["username"] = rules.normal_username(credentials["username"])
        return super().authenticate(request, **credentials)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """On to the desk."""
        return settings.LOGIN_REDIRECT_URL

    def set_password(self, user: User, password: str) -> None:
        """Set the password that the person chose."""
        user.must_change_password = False
        super().set_password(user, password)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors; their secrets are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret in the clear."""
        return factors.unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return "Yuzhou 渝州"


class SessionsAdapter(DefaultUserSessionsAdapter):
    """Ending sessions from the list is recorded."""

    def end_sessions(self, sessions: Any) -> None:
        """End them, each with its record."""
        for session in sessions:
            _record(session.user, "kernel.session:end")
        super().end_sessions(sessions)


def _record(user: User, act: str, **details: Any) -> None:
    actor = Actor(kind=ActorKind.PERSON, name=str(user), id=user.id)
    acts.record(actor=actor, act=act, subject=ids.urn("user", user.id), details=details)


def _signed_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    request.session[SIGNED_IN_AT] = clock.now().timestamp()
    methods = [entry.get("method") for entry in request.session.get("account_authentication_methods", ())]
    _record(user, "kernel.session:begin", methods=methods)


def _signed_out(sender: Any, user: User | None, **_: Any) -> None:
    if user is not None:
        _record(user, "kernel.session:end")


def _refused(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Record a failed sign-in against the account it tried; what was typed for no account is not kept: it may be a password."""
    user = User.objects.filter(username=rules.normal_username(credentials.get("username") or "")).first()
    if user is not None:
        acts.record(actor=Actor.public(), act="kernel.session:refuse", subject=ids.urn("user", user.id))


def _recorder(act: str) -> Any:
    def receive(sender: Any, user: User, **_: Any) -> None:
        _record(user, act)

    return receive


RECORDED = {
    account_signals.password_changed: "kernel.account:change-password",
    account_signals.password_reset: "kernel.account:recover",
    mfa_signals.authenticator_added: "kernel.account:add-factor",
    mfa_signals.authenticator_removed: "kernel.account:remove-factor",
    mfa_signals.authenticator_reset: "kernel.account:renew-factor",
}


def connect() -> None:
    """Listen to allauth; called once when the app is ready."""
    account_signals.user_logged_in.connect(_signed_in, dispatch_uid="kernel_access.signed_in")
    account_signals.user_logged_out.connect(_signed_out, dispatch_uid="kernel_access.signed_out")
    user_login_failed.connect(_refused, dispatch_uid="kernel_access.refused")
    for signal, act in RECORDED.items():
        signal.connect(_recorder(act), weak=False, dispatch_uid=f"kernel_access.{act}")
