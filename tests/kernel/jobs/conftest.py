"""Jobs of the tests' own."""

import sys
from types import ModuleType
from typing import Any

import pytest

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Domain, Part, PeriodicJob, Ticker
from yuzhou.kernel.jobs import specs
from yuzhou.kernel.text import Text

MODULE = "yuzhou_jobs_test_part"


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module whose functions the declared jobs name; `calls` notes what ran."""
    module = ModuleType(MODULE)
    module.calls = []

    def run(**arguments: Any) -> None:
        module.calls.append(arguments)

    module.run = run
    monkeypatch.setitem(sys.modules, MODULE, module)
    domain = Domain(
        key="testing",
        title=Text("测试", "Testing"),
        jobs=(PeriodicJob("testing.daily", "10 0 * * *", f"{MODULE}:run"),),
        tickers=(Ticker("testing.tick", 0.05, f"{MODULE}:run"),),
    )
    kernel = Part(key="kernel", title=Text("内核", "Kernel"), events=("yuzhou.kernel.jobs.events:JobFailed",))
    parts = (kernel, domain)
    monkeypatch.setattr(registry, "parts", lambda: parts)
    monkeypatch.setattr(specs, "_tasks", {})
    return module
