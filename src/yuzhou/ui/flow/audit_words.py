"""The audit log in words: acts, subjects and details as an office speaks, not as machines write."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel.access.api import user_names
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.audit import api
from yuzhou.kernel.declarations import SubjectKind
from yuzhou.kernel.parties.api import list_organisations
from yuzhou.kernel.places.api import list_places
from yuzhou.kernel.text import Text
from yuzhou.ui.administration.naming import permission_titles, role_title
from yuzhou.ui.subjects import Subject, word_subjects

HERE = "yuzhou.ui.flow.audit_words"
SUBJECTS = {
    one.kind: one
    for one in (
        SubjectKind("user", Text("账户", "Account"), "administration-person", f"{HERE}:name_users"),
        SubjectKind("organisation", Text("单位", "Organisation"), "administration-organisation", f"{HERE}:name_organisations"),
        SubjectKind("person", Text("自然人", "Person")),
        SubjectKind("application", Text("入驻申请", "Application to join"), "administration-application"),
        SubjectKind("invitation", Text("邀请", "Invitation")),
        SubjectKind("client", Text("机器客户端", "Machine client")),
        SubjectKind("file", Text("文件", "File")),
        SubjectKind("site", Text("站点", "Site")),
        SubjectKind("job", Text("后台任务", "Background job")),
        SubjectKind("delivery", Text("事件投递", "Delivery of an event")),
        SubjectKind("audit-entry", Text("审计条目", "Entry of the log"), "flow-audit-entry"),
        SubjectKind("audit-log", Text("审计日志", "Audit log")),
        SubjectKind("audit-key", Text("审计签名密钥", "Key of the log")),
        SubjectKind("key-ring", Text("密钥环", "Key ring")),
        SubjectKind("calendar", Text("工作日历", "Calendar")),
    )
}
NOUNS = {
    "account": gettext_lazy("account"),
    "session": gettext_lazy("session"),
    "role": gettext_lazy("role"),
    "token": gettext_lazy("access token"),
    "client": gettext_lazy("machine client"),
    "invitation": gettext_lazy("invitation"),
    "application": gettext_lazy("application to join"),
    "organisation": gettext_lazy("organisation"),
    "person": gettext_lazy("person's record"),
    "file": gettext_lazy("file"),
    "site": gettext_lazy("site"),
    "jobs": gettext_lazy("background job"),
    "events": gettext_lazy("delivery of an event"),
    "notices": gettext_lazy("ways of notice"),
    "audit": gettext_lazy("audit log"),
    "key": gettext_lazy("keys"),
    "calendar": gettext_lazy("calendar"),
    "outlet": gettext_lazy("outlet"),
    "limit": gettext_lazy("limit"),
}
VERBS = {
    "activate": gettext_lazy("activated"),
    "deactivate": gettext_lazy("deactivated"),
    "create": gettext_lazy("made"),
    "register": gettext_lazy("registered"),
    "update": gettext_lazy("changed"),
    "change": gettext_lazy("changed"),
    "set": gettext_lazy("set"),
    "withdraw": gettext_lazy("withdrawn"),
    "close": gettext_lazy("closed"),
    "change-password": gettext_lazy("password changed"),
    "reset-password": gettext_lazy("password reset"),
    "issue-reset-link": gettext_lazy("link for a new password issued"),
    "recover": gettext_lazy("recovered"),
    "add-factor": gettext_lazy("second factor added"),
    "remove-factor": gettext_lazy("second factor removed"),
    "renew-factor": gettext_lazy("second factor renewed"),
    "begin": gettext_lazy("begun"),
    "end": gettext_lazy("ended"),
    "refuse": gettext_lazy("refused"),
    "accept": gettext_lazy("accepted"),
    "send": gettext_lazy("sent"),
    "revoke": gettext_lazy("revoked"),
    "grant": gettext_lazy("granted"),
    "save": gettext_lazy("saved"),
    "read": gettext_lazy("read"),
    "delete": gettext_lazy("deleted"),
    "retry": gettext_lazy("tried again"),
    "skip": gettext_lazy("skipped"),
    "forget": gettext_lazy("forgotten"),
    "configure": gettext_lazy("set up"),
    "prove": gettext_lazy("proof taken"),
    "rotate-key": gettext_lazy("key rotated"),
    "rotate": gettext_lazy("rotated"),
    "import": gettext_lazy("imported"),
    "set-contact": gettext_lazy("contact changed"),
}
DETAILS = {
    "identity": gettext_lazy("Identity"),
    "changed": gettext_lazy("changed"),
    "command": gettext_lazy("Command"),
    "params": gettext_lazy("Values"),
    "state": gettext_lazy("State"),
    "reason": gettext_lazy("Reason"),
    "text": gettext_lazy("Comment"),
    "place": gettext_lazy("Place"),
    "place_path": gettext_lazy("Place"),
    "role": gettext_lazy("Role"),
    "name": gettext_lazy("Name"),
    "uscc": gettext_lazy("Unified social credit code"),
    "purpose": gettext_lazy("Purpose"),
    "who": gettext_lazy("Who"),
    "act": gettext_lazy("Act"),
    "subject": gettext_lazy("Subject"),
    "since": gettext_lazy("From"),
    "until": gettext_lazy("To"),
    "username": gettext_lazy("User name"),
    "media_type": gettext_lazy("Kind"),
    "factor": gettext_lazy("Factor"),
    "task": gettext_lazy("Task"),
    "by": gettext_lazy("By"),
    "enabled": gettext_lazy("Enabled"),
    "key": gettext_lazy("Key"),
}
HIDDEN = {"grant", "sha256", "command_id"}


def name_users(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of accounts; who reads the log may know them all."""
    return user_names(ids=ids)


def name_organisations(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of organisations."""
    wanted = list(ids)
    return {one.id: str(one) for one in list_organisations(ids=wanted, limit=len(wanted))}


def word_act(act: str) -> str:
    """An act as an office speaks: by the permission that it needs, else by its noun and verb."""
    title = permission_titles().get(act)
    if title:
        return title
    noun, _colon, verb = act.rpartition(".")[2].partition(":")
    if noun in NOUNS and verb in VERBS:
        return _("{noun}: {verb}").format(noun=NOUNS[noun], verb=VERBS[verb])
    return act


def word_actor(entry: api.Entry) -> str:
    """Who did it; parts of the platform are called so."""
    return _("The platform itself") if entry.actor_kind == "system" else entry.actor_name


def subjects_of(actor: Actor, entries: Iterable[api.Entry]) -> dict[str, Subject]:
    """What the entries are about."""
    return word_subjects(actor, (entry.subject for entry in entries), SUBJECTS)


def word_details(details: Mapping[str, Any]) -> str:
    """What else is known, as names and values."""
    shown = {name: value for name, value in details.items() if name not in HIDDEN and value not in (None, "", [], {})}
    return "; ".join(f"{DETAILS.get(name, name)}: {_value(name, value)}" for name, value in shown.items())


def _value(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{DETAILS.get(key, key)} {_value(key, one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("place", "place_path"):
        place = list_places([str(value)]).get(str(value))
        return str(place.title) if place else str(value)
    if name == "role":
        return role_title(str(value))
    return word_act(str(value)) if name == "act" else str(value)
