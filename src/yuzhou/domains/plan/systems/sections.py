"""The plan's sections, and the short form in which its systems are written down."""

from yuzhou.kernel.declarations import PlanSystem
from yuzhou.kernel.text import Text

SECTIONS = {
    "5.1": Text("工业", "Industry"),
    "5.2": Text("农业", "Agriculture"),
    "5.3-health": Text("健康、养老与体育", "Health, care and sport"),
    "5.3-tourism": Text("旅游", "Tourism"),
    "5.3-logistics": Text("物流", "Logistics"),
    "5.3-education": Text("教育", "Education"),
    "6": Text("安全", "Security"),
    "7": Text("改革", "Reform"),
    "8": Text("保障", "Safeguards"),
}

Pair = tuple[str, str]


def system(key: str, section: str, title: Pair, works_when: Pair, parts: dict[str, Pair]) -> PlanSystem:
    """A plan system from (Chinese, English) pairs."""
    if section not in SECTIONS:
        raise ValueError(section)
    return PlanSystem(
        key=key,
        section=section,
        title=Text(*title),
        works_when=Text(*works_when),
        parts={part: Text(*words) for part, words in parts.items()},
    )
