"""How far the weights of the chosen model went in its newest run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gui.facts import Facts
from gui.session import Session

if TYPE_CHECKING:
    from engine.store.runs import Run

Ways = dict[str, tuple[float, float]]


class Movement:
    """Reads it when there is a newer run, and hands it to `show`."""

    def __init__(self, session: Session, show: Callable[[Ways], None]) -> None:
        self._session, self._show = session, show
        self._for: tuple[Any, ...] | None = None
        self._ways: Ways = {}

    def follow(self, facts: Facts) -> None:
        run = newest(facts)
        wanted = (run.id, run.state) if run is not None else None
        if wanted == self._for:
            return
        self._for = wanted
        if run is None:
            self._take(wanted, {})
            return
        project, id = self._session.project, run.id

        def work(emit: Any, cancel: Any) -> Ways:
            from engine.store import movements

            assert project is not None
            return movements.of_run(project, id)

        self._session.jobs.run(
            work, done=lambda ways: self._take(wanted, ways),
            failed=self._session.change_failed.emit,
        )  # fmt: skip

    def _take(self, wanted: tuple[Any, ...] | None, ways: Ways) -> None:
        if wanted == self._for:
            self._ways = ways
            self._show(ways)

    def show(self) -> None:
        """Once more, for another tree."""
        self._show(self._ways)


def newest(facts: Facts) -> Run | None:
    """The newest run of the chosen model that learned something."""
    model = facts.model["name"] if facts.model else None
    return next((run for run in facts.usable if run.recipe.get("model") == model), None)
