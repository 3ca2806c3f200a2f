"""The models in five views, one at a time, and the switch between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from engine.errors import ConfigurationError
from gui.facts import Facts
from gui.models.compare import MOST, CompareView
from gui.models.inside import InsideView
from gui.models.listing import Listing
from gui.models.ranking import RankView
from gui.models.rows import ModelRow, Shelf
from gui.models.scatter import Scatter
from gui.session import Session
from gui.widgets.controls import Segments

VIEWS = (
    ("Models", "list", "Every model, with what is known of it", "Alt+1"),
    ("Accuracy and cost", "scatter", "Every listed model as a dot", "Alt+2"),
    ("Compare", "compare", "Up to four side by side", "Alt+3"),
    ("Rank on your data", "rank", "Which of those on this machine suits it", "Alt+4"),
    ("Inside", "inside", "The layers of the selected model", "Alt+5"),
)  # fmt: skip


class Views(QStackedWidget):
    def __init__(
        self, session: Session, compared: list[str], show_all: Callable[[], object]
    ) -> None:
        """`compared`: names of the models in the comparison now, in order; `show_all`: takes
        back every filter."""
        super().__init__()
        self._compared = compared
        self.name = "list"
        self.switch = Segments(
            [(text, name, f"{tip} ({key})") for text, name, tip, key in VIEWS], "View"
        )
        self.switch.choose(self.name)
        self.listing = Listing(compared, show_all)
        self.scatter = Scatter()
        self.compare = CompareView()
        self.rank = RankView(session)
        self.inside = InsideView(session)
        self._parts = {
            "list": self.listing, "scatter": self.scatter, "compare": self.compare,
            "rank": self.rank, "inside": self.inside,
        }  # fmt: skip
        for part in self._parts.values():
            self.addWidget(part)

    @property
    def first(self) -> QWidget:
        """What the keyboard goes to."""
        places: dict[str, QWidget] = {
            "list": self.listing.table, "scatter": self.scatter.measures, "compare": self.switch,
            "rank": self.rank.first, "inside": self.inside.tree,
        }  # fmt: skip
        return places[self.name]

    @property
    def filtered(self) -> bool:
        """Whether the view shows what the filters let through."""
        return self.name in ("list", "scatter")

    @property
    def sentence(self) -> str:
        """Where things stand, in a view that is not filtered."""
        if self.name == "compare":
            return f"{len(self._compared)} of {MOST} models side by side"
        return self.inside.sentence if self.name == "inside" else self.rank.sentence

    def turn(self, name: str) -> None:
        """Goes to one of VIEWS."""
        self.name = name
        self.switch.choose(name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.listing.give_way(self.width())

    def take(self, row: ModelRow) -> None:
        """Takes a model into the comparison, or out.

        Raises:
            ConfigurationError: the comparison is full.
        """
        if row.name in self._compared:
            self._compared.remove(row.name)
        elif len(self._compared) < MOST:
            self._compared.append(row.name)
        else:
            raise ConfigurationError(
                f"{MOST} models are in the comparison already",
                f"{row.title} would be the fifth.", "Leave one of them out first.",
            )  # fmt: skip
        self.listing.give_way(self.width())

    def chosen(self, rows: Sequence[ModelRow]) -> list[ModelRow]:
        """Those that are compared."""
        known = {row.name: row for row in rows}
        return [known[name] for name in self._compared if name in known]

    def show_models(self, rows: Sequence[ModelRow], facts: Facts, shelf: Shelf) -> None:
        """Fills the view that is shown; `rows`: all models, listed or not."""
        self.setCurrentWidget(self._parts[self.name])
        chosen = self.chosen(rows)
        if self.name == "scatter":
            self.scatter.show_rows(self.listing.table.rows.rows)
            selected = self.listing.table.current
            self.scatter.choose(selected.name if selected else None)
        elif self.name == "compare":
            self.compare.show_models(chosen, facts, shelf)
        elif self.name == "rank":
            here = [row for row in rows if row.usable and row.path is not None]
            self.rank.show_models(here, [row for row in chosen if row in here])
        elif self.name == "inside":
            self.inside.show_model(self.listing.table.current)
