"""What a logger says about a moment or a period: the content of its uploads, from the nature of its outlet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from yuzhou.domains.environment.demo.nature import Nature, Seconds, Values
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.factors import FLOW_CODES, Medium
from yuzhou.kernel.clock import CITY

SAMPLE_SECONDS = 60
PERIODS = {"2051": 600, "2061": 3600, "2031": 86400}


def digits(seconds: float, *, milliseconds: bool = False) -> str:
    """A moment as HJ 212 writes it, in Beijing time."""
    local = datetime.fromtimestamp(seconds, UTC).astimezone(CITY)
    return local.strftime("%Y%m%d%H%M%S") + (f"{local.microsecond // 1000:03d}" if milliseconds else "")


def seconds_of(text: str) -> int:
    """Seconds since 1970 of fourteen digits of Beijing time; raises ValueError."""
    return int(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=CITY).timestamp())


@dataclass(frozen=True)
class Speech:
    """Contents of uploads for one outlet."""

    nature: Nature

    def real_time(self, seconds: int) -> str:
        """The content of a 2011 for a moment."""
        return self.real_time_of(np.array([seconds], dtype=np.int64))[0]

    def real_time_of(self, moments: Seconds) -> list[str]:
        """The contents of 2011s for many moments at once."""
        values, flags = self.nature.values(moments), self.nature.flags(moments)
        contents = []
        for position, moment in enumerate(moments):
            items = [f"DataTime={digits(int(moment))}"]
            for code in self.nature.outlet.factors:
                item = f"{code}-Rtd={self._number(code, values[code][position])}"
                if f"{code}-Zs" in values:
                    item += f",{code}-ZsRtd={self._number(code, values[f'{code}-Zs'][position])}"
                items.append(f"{item},{code}-Flag={flags[code][position]}")
            contents.append(";".join(items))
        return contents

    def period(self, cn: str, begin: int) -> str:
        """The content of a 2051, 2061 or 2031 for the period that begins then."""
        seconds = np.arange(begin, begin + PERIODS[cn], SAMPLE_SECONDS, dtype=np.int64)
        values, flags = self.nature.values(seconds), self.nature.flags(seconds)
        volume = self._volume(values, seconds)
        items = [f"DataTime={digits(begin)}"]
        for code in self.nature.outlet.factors:
            parts = [f"{code}-Cou={amount:.3f}" for amount in self._amount(code, values, volume)]
            parts += self._statistics(code, values[code], "")
            if f"{code}-Zs" in values:
                parts += self._statistics(code, values[f"{code}-Zs"], "Zs")
            items.append(",".join([*parts, f"{code}-Flag={_flag_of_period(flags[code])}"]))
        return ";".join(items)

    def _statistics(self, code: str, values: Values, prefix: str) -> list[str]:
        means = (("Min", values.min()), ("Avg", values.mean()), ("Max", values.max()))
        return [f"{code}-{prefix}{name}={self._number(code, value)}" for name, value in means]

    def _volume(self, values: Mapping[str, Values], seconds: Seconds) -> Values:
        """Cubic metres that each sample stands for: litres a second for water, cubic metres for gas."""
        flow = values[FLOW_CODES[self.nature.outlet.medium]] * SAMPLE_SECONDS
        return flow / 1000 if self.nature.outlet.medium is Medium.WATER else flow

    def _amount(self, code: str, values: Mapping[str, Values], volume: Values) -> list[float]:
        """The amount that went out with the flow: m³ of the flow itself, kg of what has a concentration."""
        if code == FLOW_CODES[self.nature.outlet.medium]:
            return [float(volume.sum())]
        if not factors()[code].is_concentration:
            return []
        per_kilogram = 1000 if self.nature.outlet.medium is Medium.WATER else 1_000_000
        return [float((values[code] * volume).sum() / per_kilogram)]

    @staticmethod
    def _number(code: str, value: float) -> str:
        return f"{max(value, 0):.{min(factors()[code].decimals or 1, 3)}f}"


def _flag_of_period(flags: np.ndarray) -> str:
    """The flag of a period: one that holds for more than a quarter of it, else normal."""
    for letter in ("D", "T", "C"):
        if (flags == letter).mean() > 0.25:
            return letter
    return "N"
