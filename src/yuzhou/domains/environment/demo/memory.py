"""What simulated loggers remember when they are switched off: up to where they reported."""

import json
import time
from pathlib import Path

SAVE_SECONDS = 10.0


class Memory:
    """Moments by MN, in one file of the data folder; a lost file only means that more is sent again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved = 0.0
        try:
            self._moments: dict[str, int] = {mn: int(moment) for mn, moment in json.loads(path.read_text()).items()}
        except (OSError, ValueError):
            self._moments = {}

    def progress(self, mn: str) -> int:
        """Up to where this logger reported; 0 if it never did."""
        return self._moments.get(mn, 0)

    def remember(self, mn: str, moment: int) -> None:
        """Note progress; written to the file now and then."""
        self._moments[mn] = moment
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the file, whole or not at all."""
        self._saved = time.monotonic()
        temporary = self._path.with_suffix(".new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(self._moments))
        temporary.replace(self._path)
