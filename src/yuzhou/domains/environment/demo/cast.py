"""Who and what is in the demonstration city: districts, sample firms, outlets, accounts. Pure data; nothing here is real."""

from dataclasses import dataclass
from enum import StrEnum

from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.kernel.text import Text

PASSWORD = "yangli-shili-2020"  # noqa: S105  # printed at the start of the demonstration, for accounts that show samples only


class Character(StrEnum):
    """How an outlet behaves, for the loggers that are simulated."""

    STEADY = "steady"
    EXCEEDING = "exceeding"
    SILENT = "silent"
    FROZEN = "frozen"
    FLAGGED = "flagged"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class DemoDistrict:
    """A district of the demonstration: its code and a Latin name for accounts."""

    code: str
    latin: str


@dataclass(frozen=True, slots=True)
class DemoFirm:
    """A sample firm."""

    number: int
    title: Text
    district: str


@dataclass(frozen=True, slots=True)
class DemoOutlet:
    """A simulated outlet. `standard` is title in Chinese of the carried limits; offsets in degrees from the district's centre."""

    number: int
    firm: int
    name: str
    medium: Medium
    system_type: str
    factors: tuple[str, ...]
    standard: str
    character: Character = Character.STEADY
    east: float = 0.0
    north: float = 0.0

    @property
    def district(self) -> str:
        """The code of the district where it lies."""
        return next(firm.district for firm in FIRMS if firm.number == self.firm)

    @property
    def mn(self) -> str:
        """The logger's MN code, in the standard's form."""
        return f"DE{self.district}{self.number:016X}"

    @property
    def password(self) -> str:
        """The logger's password."""
        return f"{100_000 + self.number}"

    @property
    def converted(self) -> tuple[str, ...]:
        """The factors whose converted values are judged: concentrations of flue gas."""
        return tuple(code for code in self.factors if code in ("a34013", "a21026", "a21002", "a21005", "a21024"))


DISTRICTS = (
    DemoDistrict("500112", "yubei"),
    DemoDistrict("500107", "jiulongpo"),
    DemoDistrict("500102", "fuling"),
    DemoDistrict("500115", "changshou"),
    DemoDistrict("500101", "wanzhou"),
    DemoDistrict("500116", "jiangjin"),
)

FIRMS = (
    DemoFirm(1, Text("样例水务一厂", "Sample Waterworks One"), "500112"),
    DemoFirm(2, Text("样例水务二厂", "Sample Waterworks Two"), "500107"),
    DemoFirm(3, Text("样例化工一厂", "Sample Chemicals One"), "500115"),
    DemoFirm(4, Text("样例化工二厂", "Sample Chemicals Two"), "500102"),
    DemoFirm(5, Text("样例水泥一厂", "Sample Cement One"), "500116"),
    DemoFirm(6, Text("样例热电一厂", "Sample Power One"), "500102"),
    DemoFirm(7, Text("样例造纸一厂", "Sample Paper One"), "500101"),
    DemoFirm(8, Text("样例电镀一厂", "Sample Plating One"), "500116"),
    DemoFirm(9, Text("样例供热一厂", "Sample Heating One"), "500112"),
    DemoFirm(10, Text("样例垃圾焚烧一厂", "Sample Incineration One"), "500101"),
)

WORKS = ("w00000", "w01001", "w01018", "w21003")
SEWAGE = (*WORKS, "w21011", "w21001")
FLUE = ("a00000", "a34013", "a21026", "a21002", "a19001", "a01012")
BURNT = ("a00000", "a34013", "a21026", "a21002", "a21005", "a21024", "a19001")
GRADE_ONE = "污水综合排放标准 一级"
MUNICIPAL = "城镇污水处理厂 一级A"
KILN = "水泥工业 水泥窑及窑尾余热利用系统"
POWER = "火电厂 新建燃煤锅炉（重庆）"
GAS_BOILER = "锅炉 新建燃气"
COAL_BOILER = "锅炉 新建燃煤"
WASTE = "生活垃圾焚烧 1小时均值"


def _water(
    number: int,
    firm: int,
    name: str,
    factors: tuple[str, ...] = WORKS,
    standard: str = GRADE_ONE,
    character: Character = Character.STEADY,
    east: float = 0.0,
    north: float = 0.0,
) -> DemoOutlet:
    return DemoOutlet(number, firm, name, Medium.WATER, "32", factors, standard, character, east, north)


def _air(
    number: int,
    firm: int,
    name: str,
    factors: tuple[str, ...],
    standard: str,
    character: Character = Character.STEADY,
    east: float = 0.0,
    north: float = 0.0,
) -> DemoOutlet:
    return DemoOutlet(number, firm, name, Medium.AIR, "31", factors, standard, character, east, north)


OUTLETS = (
    _water(1, 1, "样例水务一厂 总排口", SEWAGE, MUNICIPAL, Character.EXCEEDING, east=0.02, north=0.03),
    _water(2, 1, "样例水务一厂 应急排口", SEWAGE, MUNICIPAL, Character.SILENT, east=0.05, north=0.01),
    _air(3, 9, "样例供热一厂 1号锅炉", FLUE, GAS_BOILER, east=-0.03, north=0.05),
    _air(4, 9, "样例供热一厂 2号锅炉", FLUE, GAS_BOILER, Character.FROZEN, east=-0.02, north=0.06),
    _water(5, 2, "样例水务二厂 总排口", SEWAGE, MUNICIPAL, east=-0.02, north=-0.03),
    _water(6, 2, "样例水务二厂 尾水排口", SEWAGE, MUNICIPAL, Character.BROKEN, east=-0.05, north=-0.04),
    _water(7, 3, "样例化工一厂 废水总排口", WORKS, GRADE_ONE, Character.EXCEEDING, east=0.03, north=-0.02),
    _water(8, 3, "样例化工一厂 雨水排口", WORKS, GRADE_ONE, east=0.05, north=-0.04),
    _air(9, 3, "样例化工一厂 焚烧炉", BURNT, WASTE, Character.FLAGGED, east=0.04, north=0.01),
    _water(10, 4, "样例化工二厂 废水总排口", WORKS, GRADE_ONE, east=0.02, north=0.02),
    _air(11, 4, "样例化工二厂 1号锅炉", FLUE, COAL_BOILER, Character.EXCEEDING, east=0.03, north=0.03),
    _air(12, 6, "样例热电一厂 1号机组", FLUE, POWER, east=-0.05, north=0.04),
    _air(13, 6, "样例热电一厂 2号机组", FLUE, POWER, east=-0.06, north=0.04),
    _air(14, 5, "样例水泥一厂 窑尾", FLUE, KILN, Character.EXCEEDING, east=0.05, north=0.03),
    _air(15, 5, "样例水泥一厂 窑头", FLUE, KILN, east=0.06, north=0.03),
    _water(16, 8, "样例电镀一厂 总排口", WORKS, GRADE_ONE, Character.BROKEN, east=-0.02, north=-0.03),
    _water(17, 7, "样例造纸一厂 总排口", WORKS, GRADE_ONE, Character.EXCEEDING, east=0.03, north=0.02),
    _air(18, 7, "样例造纸一厂 碱回收炉", FLUE, COAL_BOILER, east=0.04, north=0.03),
    _air(19, 10, "样例垃圾焚烧一厂 1号炉", BURNT, WASTE, east=-0.04, north=0.05),
    _air(20, 10, "样例垃圾焚烧一厂 2号炉", BURNT, WASTE, Character.SILENT, east=-0.05, north=0.06),
)
