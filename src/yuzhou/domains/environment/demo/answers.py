"""How a simulated logger answers the authority's requests."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from yuzhou.domains.environment.demo.schedule import LIVE_STEP
from yuzhou.domains.environment.demo.speech import PERIODS, Speech, digits, seconds_of
from yuzhou.domains.environment.demo.wire import items

EXECUTED = frozenset({"1000", "1012", "1062", "1064", "1072", "3011", "3012", "3013", "3014", "3016", "3021"})
NOTICES = frozenset({"2012", "2022"})
MOST_PERIODS = 48


@dataclass
class Answerer:
    """The settings of one logger and its answers. `clock` gives seconds since 1970."""

    speech: Speech
    password: str
    clock: Callable[[], float]
    interval: int = LIVE_STEP
    minutes: int = 10
    offset: int = 0
    fields: dict[str, str] = field(default_factory=dict)

    def answers(self, request: dict[str, str]) -> Iterator[tuple[str, str]]:
        """The segments to send back, as CN and content, in order."""
        cn, asked = request.get("CN", ""), items(request["CP"])
        if cn in NOTICES:
            yield "9013", ""
            return
        refusal = self._refusal(request, cn, asked)
        yield "9011", f"QnRtn={refusal or 1}"
        if refusal:
            return
        self._execute(cn, asked)
        told = list(self._data(cn, asked))
        for content in told:
            yield cn, content
        yield "9012", "ExeRtn=1" if told or cn in EXECUTED else "ExeRtn=100"

    def _refusal(self, request: dict[str, str], cn: str, asked: dict[str, str]) -> int:
        if request.get("PW") != self.password:
            return 3
        if cn not in EXECUTED and cn not in {
            "1011",
            "1061",
            "1063",
            "2011",
            "2021",
            *PERIODS,
            "3015",
            "3017",
            "3018",
            "3019",
            "3020",
        }:
            return 8
        if cn == "1062" and not re.fullmatch(r"\d{1,4}", asked.get("RtdInterval", "")):
            return 2
        return 0

    def _execute(self, cn: str, asked: dict[str, str]) -> None:
        if cn == "1062":
            self.interval = max(5, int(asked["RtdInterval"]))
        elif cn == "1064":
            self.minutes = int(asked.get("MinInterval", "10"))
        elif cn == "1012":
            self.offset = seconds_of(asked["SystemTime"]) - int(self.clock())
        elif cn == "1072":
            self.password = asked.get("NewPW", self.password)

    def _data(self, cn: str, asked: dict[str, str]) -> Iterator[str]:
        now = int(self.clock())
        factor = asked.get("PolId", self.speech.nature.outlet.factors[0])
        if cn == "1011":
            yield f"PolId={factor};SystemTime={digits(now + self.offset)}"
        elif cn == "1061":
            yield f"RtdInterval={self.interval}"
        elif cn == "1063":
            yield f"MinInterval={self.minutes}"
        elif cn == "2011":
            yield self.speech.real_time(now)
        elif cn == "2021":
            yield f"DataTime={digits(now)};SB1-RS=1;SB2-RS=0"
        elif cn in PERIODS:
            yield from self._periods(cn, asked, now)
        elif cn == "3017":
            yield f"PolId={factor};CstartTime=000000;CTime=2"
        elif cn == "3018":
            yield f"PolId={factor};Stime=40"
        elif cn == "3019":
            yield f"PolId={factor};{factor}-SN={self.speech.nature.outlet.mn}"
        elif cn == "3020":
            yield f"DataTime={digits(now)};PolId={factor};{asked.get('InfoId', 'i12001')}-Info=0"
        elif cn == "3015":
            yield f"DataTime={digits(now)};VaseNo=1"

    def _periods(self, cn: str, asked: dict[str, str], now: int) -> Iterator[str]:
        length = PERIODS[cn]
        try:
            begin, end = seconds_of(asked["BeginTime"]), seconds_of(asked["EndTime"])
        except (KeyError, ValueError):
            return
        shift = 8 * 3600 if cn == "2031" else 0
        start = -(-(begin + shift) // length) * length - shift
        for number in range(MOST_PERIODS):
            about = start + number * length
            if about > end or about + length > now:
                return
            yield self.speech.period(cn, about)
