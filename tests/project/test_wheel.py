"""The wheel is enough: installed where there is no clone and no node, it starts and serves its own styles."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import ROOT, clean_environment, shared_folder, start_server
from yuzhou.project.processes.account import can_run, unprivileged_user

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("wheel")]
ACCOUNT = unprivileged_user()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the wheel, its environment and its platform."""
    made = shared_folder("yuzhou-wheel-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """The wheel of this tree; the front end must have been bundled, as `./yuzhou test` does."""
    if not (ROOT / "src/yuzhou/ui/static/ui/dist/style.css").exists():
        pytest.skip("the front end is not bundled: npm ci && npm run build")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_what_is_built(wheel: Path) -> None:
    from zipfile import ZipFile

    names = ZipFile(wheel).namelist()
    assert "yuzhou/ui/static/ui/dist/style.css" in names
    assert any(name.endswith("LC_MESSAGES/django.mo") for name in names)
    assert [name for name in names if name.startswith(("tests", "node_modules", "frontend", "var"))] == []


def test_the_wheel_alone_starts_and_serves(wheel: Path, folder: Path) -> None:
    if ACCOUNT and not can_run(ACCOUNT):
        pytest.skip("this interpreter lies where the platform's account cannot enter: run ./yuzhou test")
    program = install(wheel, folder / "env")
    server = start_server(folder / "platform", program=[str(program)], PATH="/usr/bin:/bin", NODE="")
    try:
        with urllib.request.urlopen(f"{server.url}/") as response:
            page = response.read().decode()
        (style,) = re.findall(r'href="(/static/ui/dist/style\.[0-9a-f]+\.css)"', page)
        with urllib.request.urlopen(server.url + style) as response:
            assert len(response.read()) > 10_000
        assert 'lang="zh-hans"' in page.lower()
        location = subprocess.run(
            [str(program.parent / "python"), "-P", "-c", "import yuzhou; print(yuzhou.__file__)"],
            capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert str(folder / "env") in location.stdout
    finally:
        server.stop()


def install(wheel: Path, target: Path) -> Path:
    """A fresh environment with the wheel in it; the packages that it depends on are lent from ours."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
    site = Path(next(target.glob("lib/python3*/site-packages")))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    uv = shutil.which("uv")
    pip = [uv, "pip", "install", "--python", str(target / "bin/python")] if uv else [
        sys.executable, "-m", "pip", "--python", str(target / "bin/python"), "install",
    ]  # fmt: skip
    done = subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    return target / "bin" / "yuzhou"
