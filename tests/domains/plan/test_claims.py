"""A claim on `/systems` is worth its test: every acceptance test that a declaration names is collected by the suite."""

import subprocess
import sys
from pathlib import Path

from yuzhou.kernel import registry

ROOT = Path(__file__).parents[3]


def collected(files: list[str]) -> set[str]:
    """The node ids that pytest finds in the files; a parametrised test counts by its name."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.split("[")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_named_acceptance_test_is_collected() -> None:
    named = {item.test for _, item in registry.every("makes") if (ROOT / item.test.split("::")[0]).exists()}
    missing = {item.test for _, item in registry.every("makes")} - named
    assert not missing, f"no such file: {missing}"
    if named:
        assert named <= collected(sorted({test.split("::")[0] for test in named}))


def test_a_test_that_is_not_there_is_noticed() -> None:
    here = "tests/domains/plan/test_claims.py"
    found = collected([here])
    assert f"{here}::test_every_named_acceptance_test_is_collected" in found
    assert f"{here}::test_of_nothing" not in found
