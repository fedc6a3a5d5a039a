"""Instances at their points in time: what every leaf says there."""

from dataclasses import dataclass

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Compiled, Int
from yuzhou.capabilities.sense.rules.segments import Bool, last_where, ranges, start_index, starts_of
from yuzhou.capabilities.sense.rules.signals import Pairs
from yuzhou.capabilities.sense.rules.state import State


@dataclass(frozen=True, slots=True)
class Grid:
    """The touched instances with their points in time, and what every leaf and level says at each point."""

    instances: Int
    points: Int  # how many, per instance
    at: Int  # of all points, instance by instance
    cell_start: Int  # per instance: its cells are leaves × points
    truth: Bool  # per cell
    pair: Int  # per cell: the pair that gave the truth, -1 where it is carried

    @property
    def point_start(self) -> Int:
        """The first point of each instance."""
        return np.cumsum(self.points) - self.points


def share_points(compiled: Compiled, pairs: Pairs) -> Grid:
    """Where all leaves of an instance look at one series they share its readings: the pairs are the cells."""
    instance = compiled.leaf_instance[pairs.leaf]
    first = np.nonzero(starts_of(instance))[0]
    instances = instance[first]
    cells = np.diff(np.append(first, len(instance)))
    points = cells // np.diff(compiled.leaf_start)[instances]
    return Grid(instances, points, pairs.at[ranges(first, points)], first, pairs.truth, np.arange(len(pairs)))


def lay_out(compiled: Compiled, state: State, pairs: Pairs) -> Grid:
    """Bring the signals of an instance's leaves onto common points in time, each holding its truth until its next reading."""
    instance = compiled.leaf_instance[pairs.leaf]
    instances = np.unique(instance)
    local = np.searchsorted(instances, instance)
    leaf_count = np.diff(compiled.leaf_start)[instances]
    order = np.lexsort((pairs.at, local))
    is_new = starts_of(local[order]) | starts_of(pairs.at[order])
    point = np.empty(len(pairs), np.int64)
    point[order] = np.cumsum(is_new) - 1
    points = np.bincount(local[order][is_new], minlength=len(instances))
    cells = leaf_count * points
    cell_start = np.cumsum(cells) - cells
    position = pairs.leaf - compiled.leaf_start[instance]
    within = point - (np.cumsum(points) - points)[local]
    pair = np.full(int(cells.sum()), -1, np.int64)
    pair[cell_start[local] + position * points[local] + within] = np.arange(len(pairs))
    leaf = np.repeat(ranges(compiled.leaf_start[instances], leaf_count), np.repeat(points, leaf_count))
    held = last_where(pair >= 0, start_index(starts_of(leaf)))
    pair = np.where(held >= 0, pair[held], -1)
    truth = np.where(pair >= 0, pairs.truth[pair], state.leaf["truth"][leaf])
    return Grid(instances, points, pairs.at[order][is_new], cell_start, truth, pair)
