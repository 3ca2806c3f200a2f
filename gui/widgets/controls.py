"""The small controls that every page uses, each with a word on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from gui.theme import THEME


def button(
    text: str, kind: str = "", tip: str = "", done: Callable[[], object] | None = None
) -> QPushButton:
    """A button; `kind`: '', 'primary' (one a page), 'link', 'row', 'danger'."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    if tip:
        made.setToolTip(tip)
    if done is not None:
        made.clicked.connect(lambda: done())
    return made


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    """A label; `role` names its look in the stylesheet: title, section, figure, small, muted."""
    made = QLabel(text)
    made.setObjectName(role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    return made


class Paragraph(QLabel):
    """Wrapped words of a fixed width, as high as they need."""

    def __init__(self, text: str, role: str, width: int) -> None:
        super().__init__()
        self.setObjectName(role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setFixedWidth(THEME.px(width))
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.ensurePolished()
        self.setFixedHeight(self.heightForWidth(self.width()))


class Elided(QLabel):
    """One line that gives way in the middle; the whole text is in the tooltip."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""
        self.setText(text)

    def setText(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._elide()

    def text(self) -> str:
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        one_line = " ".join(self._whole.split())
        shown = self.fontMetrics().elidedText(
            one_line, Qt.TextElideMode.ElideMiddle, max(0, self.contentsRect().width())
        )
        super().setText(shown)
        self.setToolTip(self._whole if shown != one_line else "")


class Choice(QComboBox):
    """One of several. Values may differ from what is shown."""

    def __init__(self, choices: Sequence[tuple[str, object]] = (), name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[str, object]]) -> None:
        """Replaces what can be chosen, and keeps the choice when it is still there."""
        kept = self.currentData()
        blocked = self.blockSignals(True)
        self.clear()
        for text, value in choices:
            self.addItem(text, value)
            self.setItemData(self.count() - 1, text, Qt.ItemDataRole.ToolTipRole)
        self.choose(kept)
        self.blockSignals(blocked)

    def choose(self, value: object) -> None:
        place = self.findData(value)
        if place >= 0:
            self.setCurrentIndex(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, part, self
        )  # fmt: skip
        room, end = field.width() - THEME.px(4), Qt.TextElideMode.ElideRight
        words = self.currentText() or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(words, end, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(THEME.color("muted"), THEME.px(1.5) or 1))
        x, y, w = self.width() - THEME.px(14), self.height() / 2, THEME.px(4)
        painter.drawPolyline(
            QPolygonF([QPointF(x - w, y - w / 2), QPointF(x, y + w / 2), QPointF(x + w, y - w / 2)])
        )


class Tick(QCheckBox):
    """A check box that draws its own tick, in the theme's colour."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(THEME.color("accent"), 2))
            ring = THEME.px(16) + 2
            painter.drawRoundedRect(QRectF(1, (self.height() - ring) / 2, ring, ring), 4, 4)
        if not self.isChecked():
            return
        painter.setPen(QPen(THEME.color("on_accent"), THEME.px(2)))
        side = THEME.px(16)
        box = QRectF(1, (self.height() - side) / 2, side, side)
        points = [(0.25, 0.52), (0.43, 0.70), (0.77, 0.32)]
        painter.drawPolyline(
            QPolygonF([QPointF(box.x() + a * side, box.y() + b * side) for a, b in points])
        )


class Segments(QWidget):
    """A row of choices of which one holds."""

    chosen = Signal(object)

    def __init__(self, choices: Sequence[tuple[str, object, str]], name: str) -> None:
        """`choices`: text, value, tooltip."""
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._values: list[object] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for text, value, tip in choices:
            one = button(text, "segment", tip)
            one.setCheckable(True)
            self._group.addButton(one, len(self._values))
            self._values.append(value)
            row.addWidget(one)
        row.addStretch(1)
        self._group.idClicked.connect(lambda place: self.chosen.emit(self._values[place]))

    @property
    def value(self) -> object:
        place = self._group.checkedId()
        return self._values[place] if place >= 0 else None

    def choose(self, value: object) -> None:
        """Shows the choice, without a signal; None: none of them holds."""
        if value is None:
            self._group.setExclusive(False)
            for one in self._group.buttons():
                one.setChecked(False)
            self._group.setExclusive(True)
        elif value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)

    def buttons(self) -> list[QPushButton]:
        return [one for one in self._group.buttons() if isinstance(one, QPushButton)]


def set_flag(widget: QWidget, name: str, value: object) -> None:
    """Sets a property that the stylesheet looks at, and lets it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
