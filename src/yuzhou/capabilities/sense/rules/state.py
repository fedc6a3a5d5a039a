"""What rules remember between batches, carried explicitly."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.rules.compiled import LEAF_STATE, LEVEL_STATE, LONG_AGO, Compiled, Int
from yuzhou.capabilities.sense.rules.peers import News, Peers
from yuzhou.capabilities.sense.rules.windows import Rings, Steps


@dataclass(frozen=True, slots=True)
class State:
    """One row per leaf, level and instance of a `Compiled`; what windows hold, and the newest values of others."""

    leaf: NDArray[np.void]
    level: NDArray[np.void]
    severity: NDArray[np.int8]
    rings: Rings = field(default_factory=lambda: Rings.of(0))
    peers: Peers = field(default_factory=lambda: Peers.of(np.zeros(0, np.int64)))


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
    steps: Steps = field(default_factory=Steps.none)
    news: News | None = None


def initial_state(compiled: Compiled, armed_at: int) -> State:
    """Nothing seen yet; what is missing is counted from `armed_at` (µs)."""
    leaf = np.zeros(len(compiled.leaf_series), LEAF_STATE)
    leaf["heard"] = armed_at
    level = np.zeros(len(compiled.level_instance), LEVEL_STATE)
    level["since"] = LONG_AGO
    severity = np.zeros(compiled.instances, np.int8)
    return State(leaf, level, severity, Rings.of(compiled.rings), Peers.of(compiled.group_series))


def extend_state(state: State, compiled: Compiled) -> State:
    """Room for instances that were added; what is remembered of the others stays."""
    fresh = initial_state(compiled, LONG_AGO)
    fresh.leaf[: len(state.leaf)], fresh.level[: len(state.level)] = state.leaf, state.level
    fresh.severity[: len(state.severity)] = state.severity
    rings, peers = state.rings.extended(compiled.rings), state.peers.extended(compiled.group_series)
    return State(fresh.leaf, fresh.level, fresh.severity, rings, peers)


def apply_change(state: State, change: Change) -> None:
    """Write the new rows into the state, once what caused them is durable."""
    state.leaf[change.leaves] = change.leaf
    state.level[change.levels] = change.level
    state.severity[change.touched] = change.severity
    if len(change.steps.ring):
        state.rings.keep(change.steps.ring, change.steps.bucket)
    if change.news is not None:
        change.news.apply(state.peers)
