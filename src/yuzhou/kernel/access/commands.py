"""`yuzhou user …` and `yuzhou token …`: accounts and tokens from the machine's own command line, as the system."""

import argparse
import re
from collections.abc import Callable, Sequence
from uuid import UUID

from yuzhou.kernel.access import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError, message_for
from yuzhou.kernel.parties.api import get_organisation
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.transactions import acting_as

SYSTEM = Actor.system("command line")
Act = Callable[[argparse.Namespace], None]
CODE = re.compile(r"[0-9]{6,12}")


def user(arguments: Sequence[str]) -> int:
    """Add and list accounts, grant roles, reset passwords."""
    parser = argparse.ArgumentParser(prog="yuzhou user", description=user.__doc__)
    acts = parser.add_subparsers(required=True)
    add = _act(acts, "add", _add_user, "add an account; prints its one-time password")
    add.add_argument("username")
    add.add_argument("--name", default="")
    add.add_argument("--email", default="")
    add.add_argument("--language", choices=["zh-hans", "en"], default="zh-hans")
    _reach_arguments(add)
    add.add_argument("--role", help="grant this role at once, in the place or for the organisation")
    _act(acts, "list", _list_users, "list the accounts").add_argument("text", nargs="?", default="")
    grant = _act(acts, "grant", _grant, "grant a role")
    grant.add_argument("username")
    grant.add_argument("role")
    _reach_arguments(grant)
    _act(acts, "reset-password", _reset_password, "print a new one-time password").add_argument("username")
    return _run(parser, arguments)


def token(arguments: Sequence[str]) -> int:
    """Create, list and revoke API tokens."""
    parser = argparse.ArgumentParser(prog="yuzhou token", description=token.__doc__)
    acts = parser.add_subparsers(required=True)
    create = _act(acts, "create", _create_token, "create a token for a user; prints its secret once")
    create.add_argument("username")
    create.add_argument("name")
    create.add_argument("--permission", action="append", required=True, help="repeat for several")
    create.add_argument("--days", type=int, default=90)
    _reach_arguments(create)
    _act(acts, "list", _list_tokens, "list the tokens").add_argument("username", nargs="?")
    _act(acts, "revoke", _revoke_token, "end a token").add_argument("prefix")
    return _run(parser, arguments)


def _act(acts: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Act, text: str) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _reach_arguments(parser: argparse.ArgumentParser) -> None:
    reach = parser.add_mutually_exclusive_group()
    reach.add_argument("--place", help="code or path of a place, such as 500112 or 50.0112")
    reach.add_argument("--organisation", help="unified social credit code of an organisation")


def _reach(options: argparse.Namespace) -> dict[str, str | UUID | None]:
    organisation = get_organisation(uscc=options.organisation).id if options.organisation else None
    place = get_place(code=options.place).path if CODE.fullmatch(options.place or "") else options.place
    return {"place_path": place, "organisation": organisation}


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> int:
    options = parser.parse_args(list(arguments))
    try:
        with acting_as(SYSTEM):
            options.run(options)
    except YuzhouError as error:
        parser.exit(1, f"{message_for(error)} ({error.code})\n")
    return 0


def _add_user(options: argparse.Namespace) -> None:
    reach = _reach(options)
    account = api.create_user(
        actor=SYSTEM,
        username=options.username,
        display_name=options.name,
        email=options.email,
        language=options.language,
        **reach,  # type: ignore[arg-type]  # a path and an id by their names
    )
    if options.role:
        api.grant_role(actor=SYSTEM, user=account, role=options.role, **reach)  # type: ignore[arg-type]  # as above
    print(f"{account.username}  {api.reset_password(actor=SYSTEM, user=account)}")


def _list_users(options: argparse.Namespace) -> None:
    for account in api.list_accounts(actor=SYSTEM, text=options.text):
        held = api.list_roles_held(actor=SYSTEM, user=account.id)
        roles = ", ".join(f"{role.role}@{role.place_path or role.organisation}" for role in held if role.revoked_at is None)
        print(f"{account.username}  {account.display_name or '-'}  {'active' if account.is_active else 'closed'}  {roles}")


def _grant(options: argparse.Namespace) -> None:
    account = api.find_account(actor=SYSTEM, username=options.username)
    held = api.grant_role(actor=SYSTEM, user=account, role=options.role, **_reach(options))  # type: ignore[arg-type]  # as above
    print(f"{account.username}  {held.role}@{held.place_path or held.organisation}")


def _reset_password(options: argparse.Namespace) -> None:
    account = api.find_account(actor=SYSTEM, username=options.username)
    print(f"{account.username}  {api.reset_password(actor=SYSTEM, user=account)}")


def _create_token(options: argparse.Namespace) -> None:
    account = api.find_account(actor=SYSTEM, username=options.username)
    reach = _reach(options)
    issued = api.create_token(
        actor=SYSTEM,
        user=account,
        name=options.name,
        permissions=options.permission,
        days=options.days,
        **reach,  # type: ignore[arg-type]  # as above
    )
    print(issued.secret)


def _list_tokens(options: argparse.Namespace) -> None:
    owner = api.find_account(actor=SYSTEM, username=options.username).id if options.username else None
    for issued in api.list_tokens(actor=SYSTEM, user=owner):
        state = "revoked" if issued.revoked_at else f"until {issued.expires_at:%Y-%m-%d}"
        print(f"{issued.prefix}  {issued.owner}  {issued.name}  {state}  {' '.join(issued.permissions)}")


def _revoke_token(options: argparse.Namespace) -> None:
    known = {issued.prefix: issued.id for issued in api.list_tokens(actor=SYSTEM)}
    if options.prefix not in known:
        raise YuzhouError("kernel.not-found")
    api.revoke_token(actor=SYSTEM, token=known[options.prefix])
