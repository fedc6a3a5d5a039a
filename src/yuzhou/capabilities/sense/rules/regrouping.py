"""Rules that are laid out in columns: adds to them, takes out of them, and orders them by what they compare."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import (
    Compiled,
    Int,
    Kind,
)


def regroup(compiled: Compiled) -> Compiled:
    """The same after the members of groups changed."""
    if not compiled.groups:
        return compiled
    members = [group.series for group in compiled.groups]
    own = np.full(len(compiled.leaf_series), -1)
    leaf = np.nonzero(compiled.leaf_group >= 0)[0]
    order = leaf[np.argsort(compiled.leaf_group[leaf], kind="stable")]
    cuts = np.searchsorted(compiled.leaf_group[order], np.arange(len(members) + 1))
    for number, series in enumerate(members):
        mine = order[cuts[number] : cuts[number + 1]]
        place = np.minimum(np.searchsorted(series, compiled.leaf_series[mine]), len(series) - 1)
        own[mine] = np.where(series[place] == compiled.leaf_series[mine], place, -1)
    return replace(
        compiled,
        leaf_own=own,
        group_start=np.append(0, np.cumsum([len(series) for series in members])).astype(np.int64),
        group_series=np.concatenate(members),
    )


_PLAIN = (
    *(
        "leaf_kind",
        "leaf_number",
        "leaf_extra",
        "leaf_samples",
        "leaf_mode",
        "leaf_own",
        "bound_from",
        "bound_to",
        "bound_values",
    ),
    *("level_severity", "level_hold", "level_clear", "uniform", "group_mode", "group_step", "group_within"),
)


def extend(compiled: Compiled, more: Compiled) -> Compiled:
    """Add instances after those that are there; nothing of these moves."""
    instances, group_count = compiled.instances, len(compiled.groups)
    shapes = {shape: number for number, shape in enumerate(compiled.shapes)}
    translated = np.asarray([shapes.setdefault(shape, len(shapes)) for shape in more.shapes], np.int64)
    series = np.append(compiled.leaf_series, more.leaf_series)
    order = np.argsort(series, kind="stable")

    def joined(name: str, offset: int = 0) -> NDArray[Any]:
        added = getattr(more, name)
        return np.concatenate([getattr(compiled, name), added + offset if offset else added])

    def starts(name: str) -> Int:
        first = getattr(compiled, name)
        return np.append(first, getattr(more, name)[1:] + first[-1])

    def referring(name: str, offset: int) -> Int:
        added = getattr(more, name)
        return np.append(getattr(compiled, name), np.where(added >= 0, added + offset, -1))

    made = replace(
        compiled,
        **{name: joined(name) for name in _PLAIN},  # type: ignore[arg-type]  # all of them are columns
        leaf_start=starts("leaf_start"),
        level_start=starts("level_start"),
        bound_start=np.append(compiled.bound_start, more.bound_start[1:] + compiled.bound_start[-1]),
        leaf_instance=joined("leaf_instance", instances),
        level_instance=joined("level_instance", instances),
        level_shape=np.append(compiled.level_shape, translated[more.level_shape]),
        leaf_series=series,
        leaf_ring=referring("leaf_ring", compiled.rings),
        leaf_group=referring("leaf_group", group_count),
        shapes=tuple(shapes),
        series_order=order,
        series_sorted=series[order],
        groups=compiled.groups + more.groups,
        rings=compiled.rings + more.rings,
    )
    return regroup(made)


def take_out(compiled: Compiled, instances: Int) -> Compiled:
    """Leave some instances out: their rows stay, so that nothing moves, but look at nothing any more."""
    gone = np.zeros(compiled.instances, np.bool_)
    gone[instances] = True
    leaves_gone = gone[compiled.leaf_instance]
    series = np.where(leaves_gone, -1, compiled.leaf_series)
    order = np.argsort(series, kind="stable")
    return replace(
        compiled,
        leaf_series=series,
        leaf_kind=np.where(leaves_gone, np.int8(Kind.NONE), compiled.leaf_kind),
        leaf_group=np.where(leaves_gone, -1, compiled.leaf_group),
        leaf_own=np.where(leaves_gone, -1, compiled.leaf_own),
        series_order=order,
        series_sorted=series[order],
    )


def is_uniform(series: Int, leaf_start: Int) -> NDArray[np.bool_]:
    if not len(series):
        return np.zeros(0, np.bool_)
    lowest, highest = (join.reduceat(series, leaf_start[:-1]) for join in (np.minimum, np.maximum))
    return np.asarray(lowest == highest)
