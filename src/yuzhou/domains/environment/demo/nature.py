"""What flows out of the sample works: seeded, bound together by load and weather, the same at every run.

A value depends on its moment alone, so a logger that is asked for the past tells what it told before. Loads follow the
hours of the day; the factors of one outlet share the load and the weakness of the treatment, so that they rise together:
ammonia two hours after COD, pH the other way, flue gas by load and oxygen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yuzhou.domains.environment.demo.cast import Character, DemoOutlet
from yuzhou.domains.environment.rules.factors import Medium

Seconds = NDArray[np.int64]
Values = NDArray[np.float64]

SEED = 2020
HOUR = 3600
BEIJING = 8 * HOUR
RAMP = 600
DEFAULT_LIMITS = {"w01018": 60.0, "w21003": 8.0, "w21011": 0.5, "w21001": 15.0, "w01012": 30.0, "a34013": 30.0, "a21026": 100.0}
REFERENCE_OXYGEN = 6.0


def noise(seconds: Seconds, key: int, period: int) -> Values:
    """Smooth noise, roughly normal with deviation one, that turns every `period` seconds; by its key and moment alone."""
    step, rest = np.divmod(seconds, period)
    part = rest / period
    blend = part * part * (3 - 2 * part)
    return _knots(step, key) * (1 - blend) + _knots(step + 1, key) * blend


def _knots(step: Seconds, key: int) -> Values:
    """A number for each step, from three rounds of a mixing function (SplitMix64)."""
    total = np.zeros(step.shape)
    for turn in range(3):
        mixed = step.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(
            (key * 1_000_003 + turn * 7_919 + SEED) % 2**64
        )
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        total += (mixed ^ (mixed >> np.uint64(31))).astype(np.float64) / 2.0**64
    return (total - 1.5) * 2


def hours_of_day(seconds: Seconds) -> Values:
    """Hours since midnight in Beijing."""
    return (seconds + BEIJING) % 86400 / HOUR


def window(seconds: Seconds, *, every: int, lasts: int, offset: int) -> Values:
    """1 inside windows of so many hours that come round, 0 outside, with ramps of ten minutes."""
    phase = (seconds - offset * HOUR) % (every * HOUR)
    return np.clip(np.minimum(phase, lasts * HOUR - phase) / RAMP, 0, 1)


@dataclass(frozen=True)
class Nature:
    """The truth at one outlet, and what its instruments make of it. `limits`: what the outlet must keep, by factor."""

    outlet: DemoOutlet
    limits: Mapping[str, float]

    def values(self, seconds: Seconds) -> dict[str, Values]:
        """Each factor at each moment; converted concentrations under `<code>-Zs`."""
        found = self._water(seconds) if self.outlet.medium is Medium.WATER else self._air(seconds)
        if self.outlet.character is Character.EXCEEDING:
            self._exceed(found, seconds)
        if self.outlet.character is Character.FROZEN:
            self._freeze(found, seconds)
        return found

    # --- water ----------------------------------------------------------------------------------------------------------

    def _water(self, t: Seconds) -> dict[str, Values]:
        load = self._load(t)
        weak, weak_before = self._noise(t, 2, 3 * HOUR), self._noise(t - 2 * HOUR, 2, 3 * HOUR)
        found = {
            "w00000": (12 + 5 * (self.outlet.number % 7)) * (0.35 + 0.75 * load) * (1 + 0.05 * self._noise(t, 3, 600)),
            "w01001": 7.4 - 0.5 * (load - 0.5) + 0.12 * self._noise(t, 4, 2 * HOUR) + 0.02 * self._noise(t, 5, 30),
            "w01018": self._share("w01018", 0.30 + 0.18 * load + 0.05 * weak, t, 6),
            "w21003": self._share("w21003", 0.24 + 0.14 * load + 0.07 * weak_before, t, 7),
            "w21011": self._share("w21011", 0.40 + 0.10 * load + 0.05 * weak, t, 8),
            "w21001": self._share("w21001", 0.45 + 0.12 * load + 0.05 * weak_before, t, 9),
        }
        return {code: found[code] for code in self.outlet.factors if code in found}

    def _load(self, t: Seconds) -> Values:
        """How busy the works are, about 0 to 1: a town wakes and cooks, a factory works by day."""
        hour = hours_of_day(t)
        if self.outlet.firm in (1, 2):
            daily = 0.45 + 0.3 * np.exp(-(((hour - 9) / 2.5) ** 2)) + 0.35 * np.exp(-(((hour - 20.5) / 2.5) ** 2))
        else:
            daily = 0.55 + 0.3 * np.tanh(np.sin((hour - 7) / 24 * 2 * np.pi) * 2)
        return np.clip(daily + 0.1 * self._noise(t, 1, 5400), 0.05, 1.1)

    def _share(self, code: str, share: Values, t: Seconds, stream: int) -> Values:
        """A concentration as a share of its limit, with the flicker of the instrument."""
        flicker = 0.02 * self._noise(t, stream, 30) + 0.02 * self._noise(t, stream + 20, 900)
        return self._limit(code) * np.maximum(share + flicker, 0.02)

    # --- air ------------------------------------------------------------------------------------------------------------

    def _air(self, t: Seconds) -> dict[str, Values]:
        load = np.clip(0.75 + 0.2 * (self._load(t) - 0.5) + 0.08 * self._noise(t, 11, 3 * HOUR), 0.4, 1.0)
        weak = self._noise(t, 12, 2 * HOUR)
        oxygen = np.clip(5.5 + 6 * (1 - load) + 0.25 * self._noise(t, 13, 600), 3, 16)
        found = {
            "a00000": (20 + 6 * (self.outlet.number % 5)) * load * (1 + 0.02 * self._noise(t, 14, 120)),
            "a19001": oxygen,
            "a01012": 52 + 38 * load + 1.5 * self._noise(t, 15, 900),
        }
        factor = (21 - REFERENCE_OXYGEN) / (21 - oxygen)
        shares = {
            "a34013": 0.28 + 0.15 * load + 0.05 * weak,
            "a21026": 0.30 + 0.20 * load + 0.07 * weak,
            "a21002": 0.38 + 0.22 * load - 0.02 * (oxygen - 6),
            "a21005": 0.35 - 0.15 * load + 0.06 * weak,
            "a21024": 0.25 + 0.10 * load + 0.06 * weak,
        }
        for stream, (code, share) in enumerate(shares.items(), 30):
            found[f"{code}-Zs"] = self._share(code, share, t, stream)
            found[code] = found[f"{code}-Zs"] / factor
        wanted = [*self.outlet.factors, *(f"{code}-Zs" for code in self.outlet.converted)]
        return {code: found[code] for code in wanted if code in found}

    # --- what goes wrong ------------------------------------------------------------------------------------------------

    @property
    def exceeds(self) -> str:
        """The factor that an exceeding outlet exceeds."""
        water = "w21003" if self.outlet.number % 5 == 2 else "w01018"
        air = "a21002" if self.outlet.number % 2 == 0 else "a21026"
        return water if self.outlet.medium is Medium.WATER else air

    def _exceed(self, found: dict[str, Values], t: Seconds) -> None:
        """Seven hours of twelve beyond the limit; the outlets take turns, so that some do so at any time."""
        amount = window(t, every=12, lasts=7, offset=3 * (self.outlet.number // 3 % 4))
        peak = self._limit(self.exceeds) * (1.45 + 0.2 * self._noise(t, 50, HOUR))
        code = f"{self.exceeds}-Zs" if f"{self.exceeds}-Zs" in found else self.exceeds
        factor = found[self.exceeds] / found[code]
        found[code] = found[code] * (1 - amount) + peak * amount
        if code != self.exceeds:
            found[self.exceeds] = found[code] * factor

    def _freeze(self, found: dict[str, Values], t: Seconds) -> None:
        """Eight hours of twelve the first gas stands still, as if the probe were blocked."""
        code = "a21026" if "a21026" in found else next(iter(found))
        still = window(t, every=12, lasts=8, offset=0) > 0
        since = (t - t % (12 * HOUR))[still]
        for name in (code, f"{code}-Zs"):
            if name in found and still.any():
                fresh = Nature(replace(self.outlet, character=Character.STEADY), self.limits).values(since)
                found[name][still] = fresh[name]

    def flags(self, seconds: Seconds) -> dict[str, NDArray[np.str_]]:
        """The data flag of each factor at each moment: N normal, C calibrating, D fault, T over range."""
        found = {code: np.full(seconds.shape, "N") for code in self.outlet.factors}
        if self.outlet.medium is Medium.AIR:
            calibrating = (hours_of_day(seconds) >= 9) & (hours_of_day(seconds) < 9 + 1 / 3)
            for code in self.outlet.converted:
                found[code][calibrating] = "C"
        if self.outlet.character is Character.FLAGGED:
            faulty = window(seconds, every=8, lasts=5, offset=self.outlet.number % 8) > 0
            found[self.exceeds][faulty] = "D"
            beyond = window(seconds, every=6, lasts=1, offset=2) > 0
            found[self.outlet.factors[1]][beyond] = "T"
        return found

    def is_silent(self, seconds: int) -> bool:
        """Whether its logger says nothing; the two silent ones take turns, so that one is silent at any time."""
        if self.outlet.character is not Character.SILENT:
            return False
        return (seconds - (3 * HOUR if self.outlet.number > 10 else 0)) % (6 * HOUR) < 3 * HOUR

    # --- means ----------------------------------------------------------------------------------------------------------

    def _limit(self, code: str) -> float:
        return self.limits.get(code, DEFAULT_LIMITS.get(code, 100.0))

    def _noise(self, t: Seconds, stream: int, period: int) -> Values:
        return noise(t, self.outlet.number * 100 + stream, period)
