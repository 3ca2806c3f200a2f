"""A text to read, and spans of it that have a class."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit

from engine.labels.marks import Mark
from engine.labels.shapes import Span
from gui.data.marking.desk import Desk
from gui.theme import THEME

_SPACING = 165  # percent of a line, so that names of classes stand below the words
_NAME = 10  # px


class TextView(QTextEdit):
    """Select words, then press the key of a class; click a span to change it, Delete erases.

    Qt counts UTF-16 units and Graft characters, so places are converted on the way.
    """

    chosen = Signal()  # words were selected, or none any more

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName("Text of the item")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(THEME.font(15))
        self._desk: Desk | None = None
        self.selectionChanged.connect(self.chosen)
        THEME.changed.connect(self._show_spans)

    def follow(self, desk: Desk) -> None:
        """Shows the desk's spans."""
        self._desk = desk
        desk.changed.connect(self._show_spans)

    def show_text(self, text: str) -> None:
        self.setPlainText(text)
        spacing = QTextBlockFormat()
        proportional = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        spacing.setLineHeight(_SPACING, proportional)
        whole = QTextCursor(self.document())
        whole.select(QTextCursor.SelectionType.Document)
        whole.setBlockFormat(spacing)
        self._show_spans()

    @property
    def words(self) -> Span | None:
        """What is selected, without the spaces around it."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return None
        text = self.toPlainText()
        begin = _characters(text, cursor.selectionStart())
        end = _characters(text, cursor.selectionEnd())
        inner = text[begin:end]
        begin += len(inner) - len(inner.lstrip())
        end -= len(inner) - len(inner.rstrip())
        return Span(begin, end) if begin < end else None

    def forget(self) -> None:
        """Selects nothing."""
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)

    def _show_spans(self) -> None:
        shown = []
        for mark, color in self._spans():
            part = QTextEdit.ExtraSelection()
            part.cursor = self._cursor(mark)  # type: ignore[attr-defined]
            form = QTextCharFormat()
            chosen = self._desk is not None and mark.uid == self._desk.selected
            ground = QColor(color)
            ground.setAlpha(130 if chosen else 60)
            form.setBackground(ground)
            form.setUnderlineColor(color)
            stored = self._desk is None or mark.uid not in self._desk.pending
            line = QTextCharFormat.UnderlineStyle
            form.setUnderlineStyle(line.SingleUnderline if stored else line.DashUnderline)
            part.format = form  # type: ignore[attr-defined]
            shown.append(part)
        self.setExtraSelections(shown)
        self.viewport().update()

    def _spans(self) -> list[tuple[Mark, QColor]]:
        if self._desk is None:
            return []
        length = len(self.toPlainText())
        return [
            (mark, THEME.class_color(self._desk.color(mark.class_id)))
            for mark in self._desk.shown
            if isinstance(mark.shape, Span) and mark.shape.end <= length
        ]

    def _cursor(self, mark: Mark) -> QTextCursor:
        assert isinstance(mark.shape, Span)
        text = self.toPlainText()
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(text, mark.shape.begin))
        cursor.setPosition(_units(text, mark.shape.end), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setFont(THEME.font(_NAME, bold=True))
        for mark, color in self._spans():
            assert self._desk is not None
            cursor = self._cursor(mark)
            cursor.setPosition(cursor.selectionStart())
            place = self.cursorRect(cursor)
            ink = color if THEME.dark else color.darker(150)
            painter.setPen(ink)
            high = painter.fontMetrics().height()
            below = QRectF(place.left(), place.bottom() - 1, 400, high)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), self._desk.name(mark.class_id))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._desk is not None and not self.textCursor().hasSelection():
            self._desk.select(self._at(event.position()))

    def _at(self, place: QPointF) -> str | None:
        """The smallest span at a place of the viewport."""
        here = _characters(self.toPlainText(), self.cursorForPosition(place.toPoint()).position())
        under = [
            mark
            for mark, _ in self._spans()
            if isinstance(mark.shape, Span) and mark.shape.begin <= here <= mark.shape.end
        ]
        found = min(under, key=lambda mark: _length(mark), default=None)
        return found.uid if found is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._desk is not None:
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._desk.erase():
                return
            if event.key() == Qt.Key.Key_Escape and self._desk.selected is not None:
                self._desk.select(None)
                return
        if event.text().isalnum() and not event.modifiers():
            event.ignore()  # a letter means something to the page
            return
        super().keyPressEvent(event)


def _length(mark: Mark) -> int:
    assert isinstance(mark.shape, Span)
    return mark.shape.end - mark.shape.begin


def _characters(text: str, units: int) -> int:
    """Characters before a place that Qt gives in UTF-16 units."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))


def _units(text: str, characters: int) -> int:
    return len(text[:characters].encode("utf-16-le")) // 2
