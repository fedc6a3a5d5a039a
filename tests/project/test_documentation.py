"""docs/operations.md names every command, option and setting that exists, and none that does not."""

import re
from pathlib import Path

import pytest

from yuzhou.project.cli import INTERNAL, OWN
from yuzhou.project.cli.declared import declared_commands
from yuzhou.project.cli.up import declared_ports, parser
from yuzhou.project.processes.folder import PARTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
FOREIGN = {"OTEL_EXPORTER_OTLP_ENDPOINT", "PROMETHEUS_MULTIPROC_DIR", "DATABASE_URL", "DATABASE_OWNER_URL", "NATS_URL"}
IN_TESTS_ONLY = {"YUZHOU_TEST_DATABASE", "YUZHOU_TEST_DATA", "YUZHOU_TEST_SERVER", "YUZHOU_FAULT_ARCHIVE"}


def commands() -> set[str]:
    return {*OWN, *INTERNAL, *declared_commands()}


def settings_in_code() -> set[str]:
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tools" / "launcher").glob("*.py")]
    names: set[str] = set()
    for path in sources:
        names |= set(re.findall(r"environ(?:\.get\(|\[|\.setdefault\()\"([A-Z][A-Z0-9_]+)\"", path.read_text()))
        names |= set(re.findall(r"\"(YUZHOU_[A-Z0-9_]+)\"", path.read_text()))
    ports = {f"YUZHOU_{port.name.upper()}_PORT" for port in declared_ports()}
    return {name for name in names | ports if name.startswith("YUZHOU_") or name in FOREIGN} - IN_TESTS_ONLY


def test_every_command_is_on_the_page() -> None:
    assert {name for name in commands() if f"`yuzhou {name}`" not in PAGE and f"yuzhou {name} " not in PAGE} == set()


def test_every_command_of_the_page_exists() -> None:
    assert set(re.findall(r"yuzhou ([a-z][a-z-]+)\b", "\n".join(re.findall(r"`[^`]+`", PAGE)))) <= commands()


def test_every_option_of_up_is_on_the_page_and_exists() -> None:
    options = {option for action in parser()._actions for option in action.option_strings if option.startswith("--")}
    section = PAGE.split("### Options of `yuzhou up`")[1].split("## The other commands")[0]
    named = set(re.findall(r"`(--[a-z0-9-]+)`", section))
    assert named == options - {"--help"}


def test_every_setting_is_on_the_page_and_exists() -> None:
    named = set(re.findall(r"\b(YUZHOU_[A-Z0-9_]+|DATABASE_URL|DATABASE_OWNER_URL|NATS_URL)\b", PAGE))
    named |= FOREIGN & set(re.findall(r"[A-Z_]{8,}", PAGE))
    assert settings_in_code() - named == set(), "not on the page"
    assert named - settings_in_code() == set(), "on the page only"


def test_every_folder_of_the_data_is_on_the_page() -> None:
    assert {part for part in PARTS if f"`{part}/`" not in PAGE} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
