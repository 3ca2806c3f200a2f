"""The time that a search may take. Free of torch and of Optuna."""

from __future__ import annotations

import time

from engine.training.control import Control


class Budget:
    """Runs from now on; what the search stands still for, as it was paused, does not count."""

    def __init__(self, seconds: float, control: Control) -> None:
        self.seconds = seconds
        self._control = control
        self._began = time.monotonic() - control.stood

    @property
    def spent(self) -> float:
        return time.monotonic() - self._began - self._control.stood

    @property
    def left(self) -> float:
        return max(0.0, self.seconds - self.spent)

    @property
    def over(self) -> bool:
        return self.left <= 0
