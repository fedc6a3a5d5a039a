"""The command line makes accounts and tokens."""

from typing import Any

import pytest

from yuzhou.kernel.access import api, commands

pytestmark = pytest.mark.django_db


def test_a_user_from_the_command_line(recorded: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.user(["add", "ops", "--name", "值班员", "--place", "50.0106", "--role", "district-administrator"]) == 0
    name, password = capsys.readouterr().out.split()
    assert name == "ops"
    assert len(password) == 19
    commands.user(["list", "ops"])
    assert "district-administrator@50.0106" in capsys.readouterr().out
    commands.user(["grant", "ops", "district-administrator", "--place", "500113"])
    commands.user(["list", "ops"])
    assert "district-administrator@50.0113" in capsys.readouterr().out
    commands.user(["reset-password", "ops"])
    assert password not in capsys.readouterr().out


def test_a_token_from_the_command_line(recorded: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    commands.user(["add", "ops", "--place", "50.0106", "--role", "district-administrator"])
    capsys.readouterr()
    commands.token(["create", "ops", "nightly", "--permission", "kernel.account:see", "--days", "30"])
    secret = capsys.readouterr().out.strip()
    assert api.actor_for_token(secret).can("kernel.account:see", place_path="50.0106")
    commands.token(["list"])
    prefix = capsys.readouterr().out.split()[0]
    commands.token(["revoke", prefix])
    with pytest.raises(api.InvalidCredential):
        api.actor_for_token(secret)


def test_a_refusal_ends_the_command(recorded: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.user(["grant", "nobody", "king", "--place", "50"])
    assert ended.value.code == 1
    assert "kernel.no-such-account" in capsys.readouterr().err
