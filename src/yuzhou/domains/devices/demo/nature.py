"""What the simulated devices measure: functions of their name and the moment alone."""

from hashlib import blake2b
from math import pi, sin


def _fraction(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32


def wave(name: str, moment: float, mean: float, swing: float, period: float, noise: float = 0.0) -> float:
    """A slow wave with a little noise; `moment` and `period` in seconds."""
    shift = _fraction(name) * 2 * pi
    grain = (_fraction(f"{name}{int(moment)}") - 0.5) * 2 * noise
    return round(mean + swing * sin(2 * pi * moment / period + shift) + grain, 3)


def is_spell(name: str, moment: float, every: float, lasting: float) -> bool:
    """Whether something unusual happens now, as it does for `lasting` seconds in every `every`."""
    return (moment + _fraction(name) * every) % every < lasting
