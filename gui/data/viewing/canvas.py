"""A picture to read and to draw on: zoom, pan, window and level, with layers above it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.media.reading import Reading
from engine.media.tone import Tone, Window
from gui.data.viewing.corners import paint_corners
from gui.data.viewing.hands import PanHand, ToneHand
from gui.data.viewing.raster import Raster
from gui.data.viewing.screen import Screen
from gui.data.viewing.tool import Layer, Tool
from gui.data.viewing.view import View
from gui.theme import THEME

STEP = 1.25  # of a zoom by key or by one notch of the wheel
_NOTCH = 120  # of a wheel, in its eighths of a degree


class Canvas(QWidget):
    """Shows one frame. Left button: the tool; middle: pan; right: the window.

    `layers` are painted over the picture in their order. `tool` gets the left button;
    without one it pans. Positions given to tools are px of the upright picture.
    """

    tone_changed = Signal()
    view_changed = Signal()
    frame_wanted = Signal(int)  # so many further
    frame_shown = Signal(int)
    pointed = Signal()  # another pixel is under the pointer, or none

    def __init__(self, name: str = "Picture") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumSize(THEME.px(120), THEME.px(120))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.layers: list[Layer] = []
        self.reading: Reading | None = None
        self.index = 0  # of the frame
        self.tone: Tone = Window.between(0, 255)
        self.inverted = False  # by the reader, beside what the file asks
        self.pointer: QPointF | None = None  # in px of the picture
        self.caption = ""  # what this is, where two canvases stand side by side
        self.view = View()
        self._raster: Raster | None = None
        self._words = ""
        self._screen = Screen()
        self._tool: Tool | None = None
        self._hand: Tool | None = None  # what the mouse does until it is released
        self._turned = 0  # of the wheel, towards the next frame
        # While the view moves, near pixels do; at rest it is drawn smoothly.
        self._rest = QTimer(self, singleShot=True, interval=60)
        self._rest.timeout.connect(self.update)
        THEME.changed.connect(self.update)

    # What is shown

    @property
    def raster(self) -> Raster | None:
        return self._raster

    def show_frame(self, raster: Raster, reading: Reading, index: int = 0) -> None:
        """Another frame; of a picture of the same size the view stays, tone and invert always."""
        self._raster, self.reading, self.index, self._words = raster, reading, index, ""
        self.view.set_picture(raster.width, raster.height)
        self.frame_shown.emit(index)
        self._screen.forget()
        self._say()
        self.update()
        self.pointed.emit()

    def show_words(self, words: str) -> None:
        """No picture: why, or what to do."""
        self._raster, self.reading, self._words = None, None, words
        self._rest.stop()
        self._screen.forget()
        self._say()
        self.update()

    def set_tone(self, tone: Tone) -> None:
        self.tone = tone
        self.update()
        self.tone_changed.emit()

    def set_inverted(self, inverted: bool) -> None:
        self.inverted = inverted
        self.update()
        self.tone_changed.emit()

    @property
    def turned(self) -> bool:
        """Whether small values are bright on the screen."""
        return self.inverted != (self.reading is not None and self.reading.inverted)

    @property
    def tool(self) -> Tool | None:
        return self._tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        if self._tool is not None:
            self._tool.leave(self)
        self._tool = tool
        self._show_cursor()

    # Where it is

    def to_picture(self, at: QPointF) -> QPointF:
        """From px of this widget to px of the upright picture."""
        return self.view.to_picture(at)

    def to_widget(self, at: QPointF) -> QPointF:
        """From px of the upright picture to px of this widget."""
        return self.view.to_widget(at)

    def update_picture(self, part: QRectF, margin: float = 0) -> None:
        """Paints a part of the picture again, and so many px of the widget around it."""
        place = QRectF(self.to_widget(part.topLeft()), part.size() * self.view.scale)
        edge = margin + 1
        self.update(place.adjusted(-edge, -edge, edge, edge).toAlignedRect())

    def fit(self) -> None:
        self.view.fit()
        self.moved()

    def one_to_one(self) -> None:
        """One pixel of the picture is one of the screen."""
        self.view.zoom_to(1 / self.devicePixelRatioF(), self._middle())
        self.moved()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller around a position in the widget; None: where one points, or middle."""
        if at is None:
            at = self.to_widget(self.pointer) if self.pointer is not None else self._middle()
        self.view.zoom(factor, at)
        self.moved()

    def pan(self, by: QPointF) -> None:
        """By px of the widget."""
        self.view.pan(by)
        self.moved()

    def take_view(self, other: Canvas) -> None:
        """The same part at the same size as on another canvas of the same room."""
        self.view.scale, self.view.fitted = other.view.scale, other.view.fitted
        self.view.origin = QPointF(other.view.origin)
        if self._raster is not None:
            self._rest.start()
        self.update()

    def moved(self) -> None:
        """After a change of `view`."""
        self._rest.start()
        self.update()
        self.view_changed.emit()

    def _middle(self) -> QPointF:
        return self.view.room.center()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(THEME.font(12))
        if self._raster is None:
            self._paint_words(painter)
            return
        shown = self._pixmap(self._raster)
        part = event.rect()
        ratio = shown.devicePixelRatio()
        source = QRectF(QPointF(part.topLeft()) * ratio, QRectF(part).size() * ratio)
        painter.drawPixmap(QRectF(part), shown, source)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRegion(event.region())  # layers leave out what lies elsewhere
        for layer in self.layers:
            painter.save()
            layer.paint(painter, self)
            painter.restore()
        paint_corners(painter, self)
        if self.hasFocus():
            painter.setPen(THEME.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _pixmap(self, raster: Raster) -> QPixmap:
        smooth = not self._rest.isActive()
        size, ratio = self.size(), self.devicePixelRatioF()
        return self._screen.shown(
            raster, self.view, size, ratio, self.tone, self.turned, smooth, THEME.color("reading")
        )

    def _paint_words(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), THEME.color("reading"))
        painter.setFont(THEME.font())
        painter.setPen(THEME.color("on_reading"))
        edge = THEME.px(24)
        wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(edge, edge, -edge, -edge), int(wrap), self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.view.set_room(QRectF(QRect(0, 0, self.width(), self.height())))
        self.view_changed.emit()

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._hand is not None and event.buttons() == event.button():
            self._hand = None  # its release went elsewhere
        if self._raster is None or self._hand is not None:
            return
        at, modifiers = self.to_picture(event.position()), event.modifiers()
        hand: Tool | None = None
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._tool is None
        ):
            hand = PanHand()
        elif event.button() == Qt.MouseButton.RightButton:
            hand = ToneHand()
        elif event.button() == Qt.MouseButton.LeftButton:
            hand = self._tool
        if hand is not None and hand.press(self, at, modifiers):
            self._hand = hand
            self.setCursor(hand.cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.to_picture(event.position())
        if self._hand is not None:
            self._hand.move(self, at, event.modifiers())
        elif self._tool is not None and self._raster is not None:
            self._tool.move(self, at, event.modifiers())
        self._point(self.to_picture(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        hand = self._hand
        # With several buttons down, the last one ends it.
        if hand is None or event.buttons() != Qt.MouseButton.NoButton:
            return
        self._hand = None
        hand.release(self, self.to_picture(event.position()), event.modifiers())
        self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is not None and event.button() == Qt.MouseButton.LeftButton:
            at = self.to_picture(event.position())
            if self._raster is not None and self._tool.double_click(self, at, event.modifiers()):
                return
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        if self._raster is None or not turn:
            event.ignore()
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._turned += turn
            while abs(self._turned) >= _NOTCH:
                by = 1 if self._turned > 0 else -1
                self._turned -= by * _NOTCH
                self.frame_wanted.emit(-by)
        else:
            self.zoom(STEP ** (turn / _NOTCH), event.position())
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point(self.to_picture(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def _point(self, at: QPointF | None) -> None:
        inside = at is not None and QRectF(QPointF(), self.view.picture).contains(at)
        self.pointer = at if inside else None
        self.pointed.emit()
        high = 4 * self.fontMetrics().height()  # of what is said below
        self.update(0, self.height() - high, self.width(), high)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._tool is not None and self._tool.key(
            self, event.key(), event.modifiers()
        ):  # fmt: skip
            return
        step = THEME.px(40)
        ways = {
            Qt.Key.Key_Left: QPointF(step, 0), Qt.Key.Key_Right: QPointF(-step, 0),
            Qt.Key.Key_Up: QPointF(0, step), Qt.Key.Key_Down: QPointF(0, -step),
        }  # fmt: skip
        if event.key() in ways and not self.view.fitted:
            self.pan(ways[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QEvent) -> None:
        self.update()

    def focusInEvent(self, event: QEvent) -> None:
        self.update()

    def _show_cursor(self) -> None:
        if self._tool is None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(self._tool.cursor)

    def _say(self) -> None:
        words = self._words.replace("\n", " ")
        if self.reading is not None:
            words = f"{self.reading.width:,} × {self.reading.height:,} px"
            if self.reading.frames > 1:
                words += f", frame {self.index + 1:,} of {self.reading.frames:,}"
        self.setAccessibleDescription(words)
