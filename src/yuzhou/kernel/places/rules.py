"""Names, paths and shapes of places: pure rules."""

import itertools
import re
from collections.abc import Iterable, Sequence
from enum import IntEnum

from yuzhou.kernel.actor import CITY_PATH


class Level(IntEnum):
    """How deep a place lies: 市, 区县, 乡镇街道, 村社区."""

    CITY = 1
    DISTRICT = 2
    TOWNSHIP = 3
    VILLAGE = 4


KINDS = {
    Level.CITY: ("市",),
    Level.DISTRICT: ("自治县", "新区", "区", "县", "市"),
    Level.TOWNSHIP: ("街道", "民族乡", "族乡", "镇", "乡"),
    Level.VILLAGE: ("社区居民委员会", "村村民委员会", "居民委员会", "村民委员会", "社区工作站"),
}
ENGLISH = {
    "市": "City",
    "自治县": "Autonomous County",
    "新区": "New Area",
    "区": "District",
    "县": "County",
    "街道": "Subdistrict",
    "民族乡": "Ethnic Township",
    "镇": "Town",
    "乡": "Township",
    "社区居民委员会": "Community",
    "村村民委员会": "Village",
    "居民委员会": "Residents' Committee",
    "村民委员会": "Villagers' Committee",
    "社区工作站": "Community Station",
}
PEOPLES = {"土家族": "Tujia", "苗族": "Miao", "回族": "Hui"}
_PEOPLE = re.compile("|".join(PEOPLES))


def level_of(path: str) -> Level:
    """The level that a path's number of labels tells."""
    return Level(path.count(".") + 1)


def ancestors_of(path: str) -> list[str]:
    """The paths above, the city first."""
    labels = path.split(".")
    return [".".join(labels[:n]) for n in range(1, len(labels))]


def parent_of(path: str) -> str | None:
    """The path next above; None for the city."""
    return path.rpartition(".")[0] or None


def district_of(path: str) -> str | None:
    """The path of the district that a place is or lies in; None for the city."""
    labels = path.split(".")
    return ".".join(labels[:2]) if len(labels) > 1 else None


def split_name(name: str, level: Level) -> tuple[str, str]:
    """Part a full name into its stem and its kind: 恒合土家族乡 → (恒合土家族, 民族乡); the kind is '' for unusual names."""
    for kind in KINDS[level]:
        if name.endswith(kind) and len(name) > len(kind):
            if kind == "族乡":
                return name[:-1], "民族乡"
            return name.removesuffix(kind), kind
    return name, ""


def latin(syllables: Iterable[str]) -> str:
    """Join toned syllables into a name by the rules of Hanyu Pinyin (GB/T 16159): nan2 an4 → Nan'an."""
    joined = ""
    for syllable in syllables:
        plain = syllable.rstrip("012345")
        joined += ("'" if joined and plain[:1] in ("a", "o", "e") else "") + plain
    return joined[:1].upper() + joined[1:]


def name_parts(name: str, syllables: Sequence[str], level: Level, given: str = "") -> tuple[str, str, str]:
    """The Latin stem, the full English name and the kind of a place; `given` replaces the derived Latin stem."""
    stem, kind = split_name(name, level)
    peoples = [PEOPLES[found] for found in _PEOPLE.findall(stem)] if kind in ("自治县", "民族乡") else []
    bare = _PEOPLE.sub("", stem) if peoples else stem
    spelled = given or latin(syllables[: len(bare)])
    return spelled, " ".join(filter(None, [spelled, " and ".join(peoples), ENGLISH.get(kind, "")])), kind


def search_key(text: str) -> str:
    """What a person types in Latin letters, as stored for search: Nan'an Qu → nananqu."""
    return re.sub(r"[^a-z0-9]", "", text.lower().replace("ü", "v"))


Ring = list[tuple[float, float]]
Polygon = list[Ring]


def pack_ring(ring: Sequence[Sequence[float]], scale: int) -> list[int]:
    """A ring as whole steps of 1/scale degree: first point, then differences; the closing point is left out."""
    points = [(round(lon * scale), round(lat * scale)) for lon, lat in ring]
    if points[0] == points[-1]:
        points.pop()
    packed, before = [], (0, 0)
    for point in points:
        if point != before:
            packed += [point[0] - before[0], point[1] - before[1]]
            before = point
    return packed


def unpack_ring(packed: Sequence[int], scale: int) -> Ring:
    """The closed ring in degrees that `pack_ring` made small."""
    ring, x, y = [], 0, 0
    for dx, dy in zip(packed[::2], packed[1::2], strict=True):
        x, y = x + dx, y + dy
        ring.append((x / scale, y / scale))
    return [*ring, ring[0]]


def ring_contains(ring: Ring, lon: float, lat: float) -> bool:
    """Whether a point lies inside a closed ring (even-odd rule)."""
    inside = False
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def shape_contains(shape: list[Polygon], lon: float, lat: float) -> bool:
    """Whether a point lies inside one of the polygons and in none of its holes."""
    return any(
        ring_contains(rings[0], lon, lat) and not any(ring_contains(hole, lon, lat) for hole in rings[1:]) for rings in shape
    )


__all__ = ["CITY_PATH", "Level", "ancestors_of", "district_of", "level_of", "parent_of"]
