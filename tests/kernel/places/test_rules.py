"""Names, paths and shapes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.places import rules
from yuzhou.kernel.places.rules import Level


@pytest.mark.parametrize(
    ("name", "syllables", "level", "expected"),
    [
        ("万州区", "wan4 zhou1 qu1", Level.DISTRICT, ("Wanzhou", "Wanzhou District", "区")),
        ("南岸区", "nan2 an4 qu1", Level.DISTRICT, ("Nan'an", "Nan'an District", "区")),
        ("两江新区", "liang3 jiang1 xin1 qu1", Level.DISTRICT, ("Liangjiang", "Liangjiang New Area", "新区")),
        (
            "秀山土家族苗族自治县",
            "xiu4 shan1 tu3",
            Level.DISTRICT,
            ("Xiushan", "Xiushan Tujia and Miao Autonomous County", "自治县"),
        ),
        ("高笋塘街道", "gao1 sun3 tang2", Level.TOWNSHIP, ("Gaosuntang", "Gaosuntang Subdistrict", "街道")),
        ("恒合土家族乡", "heng2 he2 tu3", Level.TOWNSHIP, ("Henghe", "Henghe Tujia Ethnic Township", "民族乡")),
        ("走马镇", "zou3 ma3 zhen4", Level.TOWNSHIP, ("Zouma", "Zouma Town", "镇")),
        ("双河村村民委员会", "shuang1 he2 cun1", Level.VILLAGE, ("Shuanghe", "Shuanghe Village", "村村民委员会")),
        ("某农场", "mou3 nong2 chang3", Level.TOWNSHIP, ("Mounongchang", "Mounongchang", "")),
    ],
)
def test_names_are_parted_and_spelled(name: str, syllables: str, level: Level, expected: tuple[str, str, str]) -> None:
    assert rules.name_parts(name, syllables.split(), level) == expected


def test_paths_tell_what_is_above() -> None:
    assert rules.ancestors_of("50.0112.003") == ["50", "50.0112"]
    assert (rules.parent_of("50"), rules.parent_of("50.0112")) == (None, "50")
    assert (rules.district_of("50"), rules.district_of("50.0112.003.001")) == (None, "50.0112")
    assert rules.level_of("50.0112.003") is Level.TOWNSHIP


points = st.tuples(st.floats(105, 111), st.floats(28, 33))


@given(st.lists(points, min_size=3, max_size=40, unique_by=lambda p: (round(p[0], 5), round(p[1], 5))))
def test_a_packed_ring_comes_back_within_a_metre(ring: list[tuple[float, float]]) -> None:
    closed = [*ring, ring[0]]
    back = rules.unpack_ring(rules.pack_ring(closed, 100_000), 100_000)
    assert len(back) == len(closed)
    assert all(abs(a - c) < 6e-6 and abs(b - d) < 6e-6 for (a, b), (c, d) in zip(back, closed, strict=True))


def test_a_shape_holds_its_inside_but_not_its_hole() -> None:
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
    hole = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0), (1.0, 1.0)]
    assert rules.shape_contains([[square, hole]], 3, 3)
    assert not rules.shape_contains([[square, hole]], 1.5, 1.5)
    assert not rules.shape_contains([[square, hole]], 5, 3)
