"""The documents name permissions, roles, systems, events, addresses and files that exist, and all that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from yuzhou.kernel import registry

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("README*.md")])
TEXTS = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
SAMPLES = {"green-roofs.page:read", "part.noun:verb", "key.noun:verb", "x.y:do"}
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])


def quoted(text: str) -> str:
    """What stands in code: between backticks and in fenced blocks."""
    return "\n".join([*re.findall(r"```.*?```", text, re.S), *re.findall(r"`[^`\n]+`", text)])


@every_document
def test_permissions_exist(path: Path) -> None:
    parts = "|".join(re.escape(part.key) for part in registry.parts())
    named = set(re.findall(rf"\b((?:{parts})\.[a-z][a-z-]*:[a-z][a-z-]+)\b", quoted(TEXTS[path])))
    acts = {"environment.limit:set"}
    assert named <= set(registry.permissions()) | SAMPLES | acts


@every_document
def test_systems_exist(path: Path) -> None:
    named = set(re.findall(r"\b([IAHTLESGP][1-9][0-9]?)\b(?!\.)", TEXTS[path]))
    assert named <= set(registry.plan_systems())


@every_document
def test_events_exist(path: Path) -> None:
    named = set(re.findall(r"`((?:sense|kernel|environment)\.[A-Z][A-Za-z]+@\d+)`", TEXTS[path]))
    declared = {registry.resolve(event).name for _part, event in registry.every("events")}
    assert named <= declared


@every_document
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXTS[path]):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@every_document
def test_source_files_exist(path: Path) -> None:
    named = re.findall(r"`((?:src|tests|tools|docs|benchmarks|frontend|requirements)/[\w./-]+)`", TEXTS[path])
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_permission_role_and_system_is_documented_and_every_operation() -> None:
    done = subprocess.run([sys.executable, "tools/reference", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = TEXTS[ROOT / "docs" / "permissions.md"]
    assert {key for key in [*registry.permissions(), *registry.roles()] if f"`{key}`" not in page} == set()
    plan = TEXTS[ROOT / "docs" / "plan.md"]
    assert {key for key in registry.plan_systems() if f"| {key} |" not in plan} == set()


def test_the_declarations_fields_are_documented() -> None:
    from dataclasses import fields

    from yuzhou.kernel.declarations import Domain

    page = TEXTS[ROOT / "docs" / "adding-a-domain.md"]
    unnamed = {field.name for field in fields(Domain) if f"`{field.name}`" not in page}
    assert unnamed == {"plan_systems", "subject_types"}
