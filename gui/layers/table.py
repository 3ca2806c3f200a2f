"""The stages as a table: how large each is, and whether it learns."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.layers.reading import Reading
from gui.theme import SMALL, THEME
from gui.widgets.items_model import Index
from gui.widgets.table import Column, Table

SHARE, LEARNING = 3, 4  # columns that are painted


class StageTable(Table):
    def __init__(self) -> None:
        super().__init__(
            (
                Column("Layer", lambda row: row["title"]),
                Column("Modules", lambda row: row["modules"]),
                Column("Parameters", lambda row: f"{row['parameters']:,}", 104, True),
                Column("Share", lambda row: f"{row['share']:.0%}", 130),
                Column("Learning", lambda row: row["learning"], 150),
            ),
            "Stages",
        )
        self._bars, self._chips = ShareBar(self), LearningChip(self)
        self.setItemDelegateForColumn(SHARE, self._bars)
        self.setItemDelegateForColumn(LEARNING, self._chips)

    def show_reading(self, reading: Reading, phase: int) -> None:
        rows: list[dict[str, Any]] = []
        total = max(1, reading.parameters)
        for number, stage in enumerate(reading.stages):
            learns = number in reading.learns[phase]
            factor = reading.factors.get(number, 1.0)
            speed = "" if factor == 1 else f"  × {factor:.2g}"
            later = " at first" if not learns and number in reading.ever else ""
            rows.append(
                {
                    "title": stage["title"],
                    "modules": ", ".join(stage["modules"]) or "all",
                    "parameters": int(stage["parameters"]),
                    "share": int(stage["parameters"]) / total,
                    "learns": learns,
                    "learning": f"learns{speed}" if learns else f"stays frozen{later}",
                }
            )
        self.set_rows(rows, keep=lambda row: row["title"])


class ShareBar(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        px = THEME.px
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _ground(painter, rect, option)
        bar = QRectF(rect.left() + px(6), rect.center().y() - px(4), px(64), px(8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("line"))
        painter.drawRoundedRect(bar, px(4), px(4))
        bar.setWidth(max(px(4), bar.width() * row["share"]))
        painter.setBrush(THEME.color("trainable" if row["learns"] else "frozen"))
        painter.drawRoundedRect(bar, px(4), px(4))
        painter.setPen(THEME.color("muted"))
        painter.setFont(THEME.font(SMALL))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -px(12), 0), right, f"{row['share']:.0%}")
        painter.restore()


class LearningChip(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        px, look = THEME.px, "trainable" if row["learns"] else "frozen"
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _ground(painter, rect, option)
        painter.setFont(THEME.font(SMALL))
        wide = painter.fontMetrics().horizontalAdvance(row["learning"]) + px(22)
        chip = QRectF(rect.left() + px(6), rect.center().y() - px(10), wide, px(20))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color(f"{look}_soft"))
        painter.drawRoundedRect(chip, px(6), px(6))
        painter.setPen(THEME.color(f"{look}_text"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, row["learning"])
        painter.restore()


def _ground(painter: QPainter, rect: QRectF, option: QStyleOptionViewItem) -> None:
    """What the stylesheet paints under every other cell."""
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, THEME.color("accent_soft"))
    painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), THEME.color("line"))
