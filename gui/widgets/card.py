"""Cards, figures and lines: how content is set on a page."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.theme import THEME
from gui.widgets.controls import Elided, label

Box = TypeVar("Box", bound=QBoxLayout)


class Card(QFrame):
    """A surface with an optional heading. Add content to `box`; the heading row is `top`."""

    def __init__(self, heading: str = "", tight: bool = False) -> None:
        super().__init__()
        self.setObjectName("card")
        px = THEME.px
        self.box = QVBoxLayout(self)
        edge = px(12 if tight else 16)
        self.box.setContentsMargins(edge, px(12), edge, px(12))
        self.box.setSpacing(px(8))
        self.top = QHBoxLayout()
        self.top.setSpacing(px(8))
        self.heading = label(heading, "section")
        if heading:
            self.setAccessibleName(heading)
            self.top.addWidget(self.heading)
            self.top.addStretch(1)
            self.box.addLayout(self.top)


class Figure(QWidget):
    """A number that stands out, and below it what it is."""

    def __init__(self, caption: str, value: str = "–", width: int = 0) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(THEME.px(2))
        self._value = label(value, "figure")
        self._caption = Elided(caption, "small")
        box.addWidget(self._value)
        box.addWidget(self._caption)
        if width:
            self.setMinimumWidth(THEME.px(width))

    def show_value(self, value: str, caption: str | None = None) -> None:
        self._value.setText(value)
        if caption is not None:
            self._caption.setText(caption)
        self.setAccessibleName(f"{self._caption.text()}: {value}")

    @property
    def value(self) -> str:
        return self._value.text()


def line() -> QFrame:
    made = QFrame()
    made.setObjectName("line")
    return made


def column(*parts: QWidget | QLayout | int, margins: int = 0, spacing: int = 8) -> QVBoxLayout:
    """A vertical layout of widgets and layouts; a number is a stretch."""
    return _fill(QVBoxLayout(), parts, margins, spacing)


def row(*parts: QWidget | QLayout | int, margins: int = 0, spacing: int = 8) -> QHBoxLayout:
    """A horizontal layout of widgets and layouts; a number is a stretch."""
    return _fill(QHBoxLayout(), parts, margins, spacing)


def _fill(box: Box, parts: tuple[QWidget | QLayout | int, ...], margins: int, spacing: int) -> Box:
    edge = THEME.px(margins)
    box.setContentsMargins(edge, edge, edge, edge)
    box.setSpacing(THEME.px(spacing))
    for part in parts:
        if isinstance(part, QWidget):
            box.addWidget(part)
        elif isinstance(part, int):
            box.addStretch(part)
        else:
            box.addLayout(part)
    return box


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout and lets it go."""
    while layout.count():
        taken = layout.takeAt(0)
        assert taken is not None
        widget, inner = taken.widget(), taken.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def scrolling(content: QWidget, name: str = "") -> QScrollArea:
    """Lets `content` scroll up and down when there is too little room."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setAccessibleName(name)
    return area
