"""Containerfile and compose.yaml fit the code. They cannot be built where these tests run: this much can be known."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project.test_documentation import commands, settings_in_code
from yuzhou.kernel import registry
from yuzhou.project.cli.up import declared_ports, parser

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "Containerfile").read_text()


@pytest.fixture
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])


def test_every_file_that_the_image_copies_exists() -> None:
    copied = [line.split()[1:-1] for line in CONTAINERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    missing = [name for names in copied for name in names if not (ROOT / name).exists()]
    assert missing == []


def test_the_image_runs_a_command_that_exists() -> None:
    (command,) = re.findall(r"^CMD \[(.+)\]$", CONTAINERFILE, re.M)
    words = re.findall(r'"([^"]+)"', command)
    assert words[0] in commands()
    parser().parse_args(words[1:])
    assert "yuzhou" in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def test_the_image_does_not_run_as_root() -> None:
    assert re.search(r"^USER (?!root|0)\w+$", CONTAINERFILE, re.M)


def test_the_image_opens_the_ports_that_the_parts_listen_on() -> None:
    (ports,) = re.findall(r"^EXPOSE (.+)$", CONTAINERFILE, re.M)
    simulated = {port.name for _, one in registry.every("services") if one.demo_only for port in one.ports}  # loopback only
    asked = {str(port.default) for port in declared_ports() if port.name not in simulated}
    assert {"8000", "8001", "1883", *asked} == set(ports.split())


def test_compose_asks_for_options_and_settings_that_exist(services: dict[str, Any]) -> None:
    app = services["app"]
    parser().parse_args(app["command"][1:])
    assert set(app["environment"]) <= settings_in_code()
    assert set(app["depends_on"]) < set(services)


def test_compose_holds_no_password(services: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"PASSWORD: (\S+)", text)) == {"${POSTGRES_PASSWORD:?set", "${NATS_PASSWORD:?set"}
