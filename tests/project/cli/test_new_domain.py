"""A third party's domain: scaffolded, built as a wheel, installed beside the platform, and seen with its page."""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from yuzhou.project.cli.new_domain import Refused, run, scaffold

SOURCE = Path(__file__).parents[3] / "src"

LOOK = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "yuzhou.project.settings"
import django
from yuzhou.project.messages import compile_all
compile_all()
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()
from django.core.management import call_command
from django.test import Client
from yuzhou.kernel import registry
call_command("check", fail_level="ERROR")
pages = {language: Client(headers={"accept-language": language}).get("/green-roofs/") for language in ("zh-hans", "en")}
print(json.dumps({
    "domains": [domain.key for domain in registry.domains()],
    "permissions": sorted(registry.permissions()),
    "roles": sorted(registry.roles()),
    "status": [page.status_code for page in pages.values()],
    "pages": {language: page.content.decode() for language, page in pages.items()},
}))
"""


def outcome(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd="/", capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_a_scaffolded_domain_is_built_installed_and_seen(tmp_path: Path) -> None:
    from django.db import connection

    folder = scaffold("green-roofs", tmp_path, title_zh="绿色屋顶")
    outcome(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(folder))
    (wheel,) = tmp_path.glob("*.whl")
    beside = tmp_path / "installed"
    installer = ("uv", "pip", "install", "--offline") if which("uv") else (sys.executable, "-m", "pip", "install", "--no-index")
    outcome(*installer, "--quiet", "--no-deps", "--target", str(beside), str(wheel))
    database = os.environ["YUZHOU_TEST_DATABASE"].rsplit("/", 1)[0] + f"/{connection.settings_dict['NAME']}"
    seen = json.loads(
        outcome(
            sys.executable, "-c", LOOK,
            PYTHONPATH=f"{SOURCE}:{beside}", DATABASE_URL="", DATABASE_OWNER_URL=database, YUZHOU_ALLOWED_HOSTS="testserver",
        ).splitlines()[-1]
    )  # fmt: skip
    assert "green-roofs" in seen["domains"]
    assert "green-roofs.page:read" in seen["permissions"]
    assert "green-roofs-officer" in seen["roles"]
    assert seen["status"] == [200, 200]
    assert "绿色屋顶" in seen["pages"]["zh-hans"]
    assert "本领域已安装" in seen["pages"]["zh-hans"]
    assert "This domain is installed" in seen["pages"]["en"]


@pytest.mark.parametrize("key", ["Green", "1roof", "green_roofs", "-x", "../x", "class", "sense", "desk", ""])
def test_a_key_that_cannot_be_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        scaffold(key, tmp_path)
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten_and_titles_cannot_break_out(tmp_path: Path) -> None:
    folder = scaffold("roofs", tmp_path)
    with pytest.raises(Refused):
        scaffold("roofs", tmp_path)
    with pytest.raises(Refused):
        scaffold("walls", tmp_path, title_en='Walls", x="')
    assert "Roofs" in (folder / "src/yuzhou_roofs/domain.py").read_text()


def test_the_command_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["roofs", "--into", str(tmp_path)]) == 0
    assert "python -m build" in capsys.readouterr().out
    assert run(["roofs", "--into", str(tmp_path)]) == 2
