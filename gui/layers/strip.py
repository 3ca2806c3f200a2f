"""The network as a row of blocks from input to output, and the boundary that one can move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip

from gui.keys import action
from gui.layers.learning import Learning, State
from gui.layers.network import Block, Described
from gui.theme import SMALL, THEME
from gui.widgets.painted import Painted

TOP, HIGH, BELOW = 24, 42, 22  # px: words above, boxes, titles below
EDGE = 8  # px at both ends, so that the boundary has room
GRIP = 16  # px beside the boundary that take hold of it


class BlockStrip(Painted):
    """`dragged` tells where the boundary is tried, `moved` where it was put."""

    dragged = Signal(int)  # the first block that learns
    moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.network: Described | None = None
        self.readonly = False
        self._states: list[State] = []
        self._boxes: list[QRectF] = []
        self._held = False
        self._tried: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._add_keys()
        THEME.changed.connect(self.update)

    def show_learning(self, network: Described, learning: Learning) -> None:
        if network is not self.network:
            self.network = network
            self._lay_out()
        self._states = [learning.of(block.node) for block in network.blocks]
        frozen, count = self.boundary, len(network.blocks)
        self.setAccessibleName(f"Boundary: {frozen} of {count} blocks stay frozen")
        learns = [s.title for n, s in enumerate(network.stages) if self._warm(n)]
        self.setAccessibleDescription(f"{', '.join(learns) or 'Nothing'} learns")
        self.update()

    def _warm(self, stage: int) -> bool:
        assert self.network is not None
        pairs = zip(self.network.blocks, self._states, strict=True)
        return any(block.stage == stage and state.learning for block, state in pairs)

    @property
    def boundary(self) -> int:
        """The first block in which something learns."""
        found = (n for n, state in enumerate(self._states) if state.learning)
        return next(found, len(self._states))

    @property
    def most(self) -> int:
        """The boundary never goes beyond the head."""
        return self.network.head if self.network is not None else 0

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(400), THEME.px(TOP + HIGH + BELOW))

    # Places

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Blocks of a stage stand close together."""
        self._boxes = []
        if self.network is None or not self.network.blocks:
            return
        px, blocks = THEME.px, self.network.blocks
        wide = self.width() - 2 * px(EDGE)
        inner = min(px(4), wide * 0.18 / len(blocks))
        outer = min(px(10), wide * 0.25 / len(blocks))
        gaps = [inner if a.stage == b.stage else outer for a, b in _pairs(blocks)]
        each = (wide - sum(gaps)) / len(blocks)
        left = float(px(EDGE))
        for gap in [*gaps, 0.0]:
            self._boxes.append(QRectF(left, px(TOP), each, px(HIGH)))
            left += each + gap

    def edge(self, place: int) -> float:
        """Where a boundary before the block `place` stands."""
        boxes = self._boxes
        if place <= 0:
            return boxes[0].left() - THEME.px(3)
        if place >= len(boxes):
            return boxes[-1].right() + THEME.px(3)
        return (boxes[place - 1].right() + boxes[place].left()) / 2

    def _nearest(self, x: float) -> int:
        return min(range(self.most + 1), key=lambda place: abs(self.edge(place) - x))

    # What a person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._boxes and not self.readonly:
            self._held = True
            near = abs(event.position().x() - self.edge(self.boundary)) <= THEME.px(GRIP)
            if not near:
                self._try(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._try(self._nearest(event.position().x()))
        elif self._boxes and not self.readonly:
            near = abs(event.position().x() - self.edge(self.boundary)) <= THEME.px(GRIP)
            shape = Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.PointingHandCursor
            self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        tried, self._held, self._tried = self._tried, False, None
        if tried is not None:
            self.moved.emit(tried)
        self.update()

    def _try(self, place: int) -> None:
        if place != (self.boundary if self._tried is None else self._tried):
            self._tried = place
            self.dragged.emit(place)

    def _add_keys(self) -> None:
        here = Qt.ShortcutContext.WidgetShortcut
        for text, key, place in (
            ("Boundary one block towards the input", "Left", lambda: self.boundary - 1),
            ("Boundary one block towards the head", "Right", lambda: self.boundary + 1),
            ("Boundary one stage towards the input", "PgUp", lambda: self._stage_edge(-1)),
            ("Boundary one stage towards the head", "PgDown", lambda: self._stage_edge(1)),
            ("Boundary at the input: all learns", "Home", lambda: 0),
            ("Boundary at the head", "End", lambda: self.most),
        ):
            made = action(self, text, key, "Layers", here)
            made.triggered.connect(lambda checked=False, place=place: self._step(place()))

    def _step(self, place: int) -> None:
        if self._boxes and not self.readonly and 0 <= place <= self.most and place != self.boundary:
            self.moved.emit(place)

    def _stage_edge(self, way: int) -> int:
        """The next boundary between stages."""
        assert self.network is not None
        blocks, at = self.network.blocks, self.boundary
        edges = [
            n for n in range(self.most + 1) if n == 0 or blocks[n].stage != blocks[n - 1].stage
        ]
        beyond = [n for n in edges if (n - at) * way > 0]
        return (min if way > 0 else max)(beyond, default=at)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self.network is not None:
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos().x()), self)
            return True
        return super().event(event)

    def tip_at(self, x: float) -> str:
        """What stands at a place, in words."""
        if self.network is None or not self._boxes:
            return ""
        for box, block, state in zip(self._boxes, self.network.blocks, self._states, strict=True):
            if box.left() <= x <= box.right():
                node = block.node
                size = f", puts out {node.size}" if node.size else ""
                return (
                    f"{block.title}: {node.parameters:,} parameters{size}\n{state.words}\n"
                    "Drag, or press Left and Right, to move the boundary."
                )
        return ""

    # How it is painted

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.network is None or not self._boxes or not self._states:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(SMALL))
        for box, state in zip(self._boxes, self._states, strict=True):
            self._paint_box(painter, box, state)
        self._paint_titles(painter)
        self._paint_boundary(painter)

    def _paint_box(self, painter: QPainter, box: QRectF, state: State) -> None:
        px = THEME.px
        round_ = min(px(4), box.width() / 3)
        look = "frozen" if state.kind in ("frozen", "partly", "none") else "trainable"
        painter.setPen(QPen(THEME.color(look), 1.5))
        painter.setBrush(THEME.color(f"{look}_soft"))
        painter.drawRoundedRect(box, round_, round_)
        if state.kind == "partly":  # the warm part stands at the bottom
            painter.setPen(QPen(THEME.color("trainable"), 1.5))
            painter.setBrush(THEME.color("trainable_soft"))
            part = QRectF(box.left(), box.bottom() - px(14), box.width(), px(14))
            painter.drawRoundedRect(part, round_, round_)

    def _paint_titles(self, painter: QPainter) -> None:
        """A stage's title stands below its blocks, as far as there is room for it."""
        assert self.network is not None
        px, metrics, free = THEME.px, painter.fontMetrics(), 0.0
        painter.setPen(THEME.color("muted"))
        numbered = enumerate(self.network.blocks)
        for stage, group in groupby(numbered, key=lambda pair: pair[1].stage):
            places = [place for place, _ in group]
            left, right = self._boxes[places[0]].left(), self._boxes[places[-1]].right()
            title = _low(self.network.stages[stage].title)
            wide = metrics.horizontalAdvance(title)
            if wide > right - left + px(8):  # 'encoder layer 11' becomes '11' where it is narrow
                title = title.rpartition(" ")[2] if title[-1:].isdigit() else title
                wide = metrics.horizontalAdvance(title)
            start = min(max(0.0, (left + right - wide) / 2), self.width() - wide)
            if start < free:
                continue
            painter.drawText(QPointF(start, px(TOP + HIGH + 15)), title)
            free = start + wide + px(6)

    def _paint_boundary(self, painter: QPainter) -> None:
        """The line between what is computed once and what runs at every step."""
        px, place = THEME.px, self.boundary
        x, top, bottom = self.edge(place), px(9), px(TOP + HIGH + 4)
        ink = THEME.color("accent" if self.hasFocus() or self._held else "text")
        painter.setPen(QPen(ink, px(2)))
        painter.setBrush(ink)
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.drawEllipse(QPointF(x, top), px(5), px(5))
        metrics, gap = painter.fontMetrics(), px(12)
        before: tuple[str, ...] = (
            "stays frozen: computed once, read from the cache",
            "stays frozen",
            "frozen",
        )
        after: tuple[str, ...] = ("learns",) if not self._mixed() else ("learns in parts", "learns")
        if place == len(self._boxes):
            after = ("nothing learns",)
        elif place == 0:
            before, after = ("",), ("all of it learns",) if not self._mixed() else after
        painter.setPen(THEME.color("frozen_text"))
        words = next((w for w in before if metrics.horizontalAdvance(w) <= x - gap), "")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, x - gap, px(18)), right, words)
        painter.setPen(THEME.color("trainable_text"))
        room = self.width() - x - gap
        words = next((w for w in after if metrics.horizontalAdvance(w) <= room), "")
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(x + gap, 0, room, px(18)), middle, words)

    def _mixed(self) -> bool:
        return any(state.kind != "learns" for state in self._states[self.boundary :])


def _pairs(blocks: Sequence[Block]) -> list[tuple[Block, Block]]:
    return list(pairwise(blocks))


def _low(title: str) -> str:
    """Titles of Graft's own are written small; what a person wrote stays as it is."""
    first = title.split(" ")[0]
    return title[0].lower() + title[1:] if first[1:].islower() else title
