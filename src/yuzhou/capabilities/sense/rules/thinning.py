"""Columns thinned to what a screen can show."""

import numpy as np

from yuzhou.capabilities.sense.rules.compiled import Int, Real


def largest_triangles(at: Int, value: Real, points: int) -> Int:
    """Indices of the rows that keep the look of a line (LTTB: Sveinn Steinarsson, University of Iceland, 2013).

    Of many rows the extremes of small stretches are chosen first (MinMaxLTTB, 2023). Values that are not finite are left out.
    """
    finite = np.flatnonzero(np.isfinite(value))
    if len(finite) <= points or points < 3:
        return finite if points >= 3 else finite[:points]
    if len(finite) > 8 * points:
        finite = finite[_extremes(value[finite], 4 * points)]
    chosen: Int = finite[_triangles((at[finite] - at[finite[0]]).astype(np.float64), value[finite], points)]
    return chosen


def _extremes(value: Real, stretches: int) -> Int:
    """First, last, and the lowest and highest of each stretch."""
    edges = np.linspace(0, len(value), stretches // 2 + 1).astype(np.int64)
    parts = [[edges[i] + part.argmin(), edges[i] + part.argmax()] for i, part in enumerate(np.split(value, edges[1:-1]))]
    return np.unique(np.concatenate([[0, len(value) - 1], np.asarray(parts).reshape(-1)]))


def _triangles(x: Real, y: Real, points: int) -> Int:
    """The classic choice: of each bucket the point that spans the largest triangle with the one before and the next mean."""
    if len(x) <= points:
        return np.arange(len(x))
    edges = np.linspace(1, len(x) - 1, points - 1).astype(np.int64)
    sums_x, sums_y = np.append(0, np.cumsum(x)), np.append(0, np.cumsum(y))
    chosen = np.zeros(points, np.int64)
    chosen[-1] = len(x) - 1
    last = 0
    for bucket in range(points - 2):
        begin, end = edges[bucket], edges[bucket + 1]
        after = edges[bucket + 2] if bucket + 2 < len(edges) else len(x)
        after = max(after, end + 1)
        mean_x, mean_y = (sums_x[after] - sums_x[end]) / (after - end), (sums_y[after] - sums_y[end]) / (after - end)
        area = np.abs((x[last] - mean_x) * (y[begin:end] - y[last]) - (x[last] - x[begin:end]) * (mean_y - y[last]))
        last = begin + int(area.argmax())
        chosen[bucket + 1] = last
    return chosen
