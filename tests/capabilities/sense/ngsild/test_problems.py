"""Each reason for which NGSI-LD refuses something has its sentence."""

import re
from pathlib import Path

import yuzhou.capabilities.sense.contracts  # noqa: F401  # declares the sentences
from yuzhou.capabilities.sense import rules
from yuzhou.kernel.errors import declared_messages

RAISED = re.compile(
    r"(?:bad_data|bad_request|not_found|not_supported|too_complex)\(\s*\"([a-z-]+)\"|Problem\(\s*ProblemKind\.\w+, \"([a-z-]+)\""
)


def test_every_reason_is_worded() -> None:
    folder = Path(str(rules.__file__)).parent / "ngsild"
    codes = {one or other for file in folder.rglob("*.py") for one, other in RAISED.findall(file.read_text())}
    assert len(codes) > 50
    assert {code for code in codes if f"sense.ngsild-{code}" not in declared_messages()} == set()
