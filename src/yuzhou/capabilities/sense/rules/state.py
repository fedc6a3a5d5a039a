"""What rules remember between batches, carried explicitly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import LEAF_STATE, LEVEL_STATE, LONG_AGO, Compiled, Int


@dataclass(frozen=True, slots=True)
class State:
    """One row per leaf, level and instance of a `Compiled`."""

    leaf: NDArray[np.void]
    level: NDArray[np.void]
    severity: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Change:
    """New rows of a state for some leaves, levels and instances; `instances` names those where anything durable differs."""

    leaves: Int
    leaf: NDArray[np.void]
    levels: Int
    level: NDArray[np.void]
    touched: Int
    severity: NDArray[np.int8]
    instances: Int


def initial_state(compiled: Compiled, armed_at: int) -> State:
    """Nothing seen yet; what is missing is counted from `armed_at` (µs)."""
    leaf = np.zeros(len(compiled.leaf_series), LEAF_STATE)
    leaf["heard"] = armed_at
    level = np.zeros(len(compiled.level_instance), LEVEL_STATE)
    level["since"] = LONG_AGO
    return State(leaf, level, np.zeros(compiled.instances, np.int8))


def apply_change(state: State, change: Change) -> None:
    """Write the new rows into the state, once what caused them is durable."""
    state.leaf[change.leaves] = change.leaf
    state.level[change.levels] = change.level
    state.severity[change.touched] = change.severity
