"""The table of runs to choose from: two lines a run, and a tick in the colour of its curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.freezing.presets import PRESETS
from gui.results.marks import paint_mark
from gui.theme import ROW, SMALL, TEXT, THEME
from gui.widgets.items_model import Index
from gui.widgets.table import Column, Table
from gui.widgets.words import duration

if TYPE_CHECKING:
    from engine.evaluation.comparing import Line
    from engine.store.runs import Run
    from gui.results.comparing import Comparing

HIGH, LINE = 44, 17  # px of a row, and of a line in it
SEEN = 5  # rows before the table scrolls
NARROW = 800  # px under which the model stands below the run's name
RUN, MODEL = 0, 1  # columns
TICK = 64  # px before the name of a run


@dataclass(frozen=True)
class Entry:
    run: Run
    line: Line | None  # None: not read yet


@dataclass(frozen=True)
class TwoLines(Column):
    below: Callable[[Any], str] = lambda entry: ""
    figures: bool = False  # they come later than the rest
    hover: Callable[[Any], str] = lambda entry: ""  # what the tooltip says beside

    def whole(self, row: Any) -> str:
        return "\n".join(filter(None, (self.show(row), self.below(row), self.hover(row))))


def plan_title(run: Run) -> str:
    """'Last block', or 'Own plan' for phases made by hand."""
    name = str(run.recipe.get("preset", ""))
    if run.recipe.get("phases"):
        return "Own plan"
    return PRESETS[name].title if name in PRESETS else name


def model_name(run: Run) -> str:
    return str(run.model.get("name") or run.recipe.get("model", ""))


def _figure(name: str, title: str) -> TwoLines:
    def show(entry: Entry) -> str:
        if entry.line is None:
            return ""
        value = entry.line.metrics.get(name)
        return f"{value:.3f}" if value is not None else "–"

    def below(entry: Entry) -> str:
        span = entry.line.intervals.get(name) if entry.line is not None else None
        return f"{span[0]:.3f} to {span[1]:.3f}" if span else "no test result"

    def sort(entry: Entry) -> float | None:
        return entry.line.metrics.get(name) if entry.line is not None else None

    tip = f"{title} on the run's test items, and its 95% bootstrap interval"
    return TwoLines(title, show, 112, True, sort, tip, below=below, figures=True)


def _machine(entry: Entry) -> str:
    if entry.line is None:
        return ""
    unit = "GPU" if entry.line.on_gpu else "CPU"
    return f"{entry.line.device_seconds:,.0f} {unit}-seconds"


COLUMNS = (
    TwoLines("Run", lambda entry: entry.run.name, 218, sort=lambda entry: entry.run.id,
             below=lambda entry: plan_title(entry.run),
             hover=lambda entry: model_name(entry.run), tip="The run, and what learned in it"),
    TwoLines("Model", lambda entry: model_name(entry.run)),
    _figure("accuracy", "Accuracy"),
    _figure("balanced_accuracy", "Balanced acc."),
    _figure("macro_f1", "Macro F1"),
    TwoLines("Items", lambda entry: f"{entry.line.items:,}" if entry.line else "", 56, True,
             sort=lambda entry: entry.line.items if entry.line else None, figures=True,
             tip="Test items that the figures rest on"),
    TwoLines("Time", lambda entry: duration(entry.run.seconds), 118, True,
             sort=lambda entry: entry.line.device_seconds if entry.line else None, below=_machine,
             tip="How long it trained; and that time for each device that it used, by which "
                 "power is paid"),
)  # fmt: skip


class Picker(Table):
    """A click or the space bar takes a run in or out."""

    turned = Signal(int)  # a run

    def __init__(self, comparing: Comparing) -> None:
        super().__init__(COLUMNS, "Runs to compare", row=HIGH)
        self.comparing = comparing
        self.setItemDelegate(_Rows(self))
        self.clicked.connect(lambda index: self._turn())
        THEME.changed.connect(self.viewport().update)

    @property
    def narrow(self) -> bool:
        return self.isColumnHidden(MODEL)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < THEME.px(NARROW)
        if narrow != self.narrow:
            self.setColumnHidden(MODEL, narrow)
            mode = QHeaderView.ResizeMode
            header = self.horizontalHeader()
            header.setSectionResizeMode(RUN, mode.Stretch if narrow else mode.Fixed)
            if not narrow:
                header.resizeSection(RUN, THEME.px(COLUMNS[RUN].width))
            self.verticalHeader().setDefaultSectionSize(self._high)
            self._fit()

    @property
    def _high(self) -> int:
        return THEME.px(HIGH + LINE if self.narrow else HIGH)

    def _fit(self) -> None:
        """As high as a few rows; what is more scrolls."""
        self.setFixedHeight(THEME.px(ROW) + self._high * min(SEEN, len(self.rows.rows)) + 6)

    def show_runs(self) -> None:
        comparing = self.comparing
        rows = [Entry(run, comparing.lines.get(run.id)) for run in comparing.runs]
        self._keep_order(rows)
        self.set_rows(rows, keep=lambda entry: entry.run.id)
        if rows and self.current is None:
            self.choose(lambda entry: True)
        self._fit()
        names = ", ".join(comparing.run(id).name for id in comparing.chosen)
        self.setAccessibleName(f"Runs to compare; chosen: {names}")
        self.viewport().update()

    def _keep_order(self, rows: list[Entry]) -> None:
        """A person's sorting outlives figures that come in, and new runs come first."""
        order = {entry.run.id: place for place, entry in enumerate(self.rows.rows)}
        if self.horizontalHeader().property("sorted") is not None:
            rows.sort(key=lambda entry: order.get(entry.run.id, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._turn()
            return
        super().keyPressEvent(event)

    def _turn(self) -> None:
        if self.current is not None:
            self.turned.emit(self.current.run.id)


class _Rows(QStyledItemDelegate):
    def __init__(self, picker: Picker) -> None:
        super().__init__(picker)
        self._picker = picker

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        column = self._picker.rows.columns[index.column()]
        assert isinstance(column, TwoLines)
        painter.save()
        rect, px = QRectF(option.rect), THEME.px
        current = bool(option.state & QStyle.StateFlag.State_Selected)
        if current and self._picker.hasFocus():
            painter.fillRect(rect, THEME.color("accent_soft"))
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1),
                         THEME.color("line"))  # fmt: skip
        room = rect.adjusted(px(8), px(5), -px(8), -px(5))
        below = column.below(entry)
        if index.column() == RUN:
            self._paint_tick(painter, rect, self._picker.comparing.places.get(entry.run.id))
            room.setLeft(rect.left() + px(TICK))
            below += f"\n{model_name(entry.run)}" if self._picker.narrow else ""
        if column.figures and entry.line is None:
            self._paint_waiting(painter, room)
        else:
            self._paint_words(painter, room, column, entry, below)
        painter.restore()

    def _paint_words(
        self, painter: QPainter, room: QRectF, column: TwoLines, entry: Entry, below: str
    ) -> None:
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        lines = [column.show(entry), *filter(None, below.split("\n"))]
        high = THEME.px(LINE)
        top = room.center().y() - high * len(lines) / 2
        for number, words in enumerate(lines):
            rect = QRectF(room.left(), top + number * high, room.width(), high)
            painter.setFont(THEME.font(SMALL if number else TEXT))
            painter.setPen(THEME.color("muted" if number else "text"))
            shown = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideMiddle, int(rect.width())
            )
            painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_waiting(self, painter: QPainter, room: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("skeleton"))
        wide = min(room.width(), THEME.px(56))
        bar = QRectF(room.right() - wide, room.center().y() - THEME.px(5), wide, THEME.px(10))
        painter.drawRoundedRect(bar, THEME.px(4), THEME.px(4))

    def _paint_tick(self, painter: QPainter, rect: QRectF, place: int | None) -> None:
        px = THEME.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = px(16)
        box = QRectF(rect.left() + px(8), rect.center().y() - side / 2, side, side)
        if place is None:
            painter.setPen(QPen(THEME.color("muted"), 1))
            painter.setBrush(THEME.color("surface"))
            painter.drawRoundedRect(box, px(4), px(4))
            return
        color = THEME.color("accent")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(box, px(4), px(4))
        painter.setPen(QPen(THEME.color("on_accent"), px(2)))
        points = [(0.25, 0.52), (0.43, 0.70), (0.77, 0.32)]
        painter.drawPolyline(
            QPolygonF([QPointF(box.x() + a * side, box.y() + b * side) for a, b in points])
        )
        middle = QPointF(box.right() + px(20), rect.center().y())
        paint_mark(painter, middle, place, px(24))
