"""A sound to look at: its waveform above, its spectrogram below, on one axis of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.media import audio
from gui.data.sounds.reader import Drawing
from gui.data.sounds.stretch import Stretch, clock, ticks
from gui.theme import SMALL, THEME

if TYPE_CHECKING:
    from engine.media.listening import Outline

STEP = 1.5  # of a zoom by key or by one notch of the wheel
_NOTCH = 120  # of a wheel, in its eighths of a degree
_PITCHES = (125, 250, 500, 1000, 2000, 4000)  # Hz that the axis names
_DRAG = 4  # px from which a press becomes a drag
_LEFT, _BELOW, _GAP = 54, 20, 6  # px for the pitches, for the times, between the two parts
_WAVE = 0.36  # of the height
_FAINT = 0.01  # the least that is drawn at full height: silence stays flat


class SoundCanvas(QWidget):
    """Left button: a click moves the line, a drag selects; middle: pan; wheel: zoom."""

    placed = Signal(float)  # seconds: a click
    selected = Signal()
    stretched = Signal()  # another part is in view

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Waveform and spectrogram")
        self.setMinimumSize(THEME.px(160), THEME.px(160))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.stretch = Stretch()
        self.selection: tuple[float, float] | None = None  # seconds
        self.line = 0.0  # seconds: where it plays
        self._drawing: Drawing | None = None
        self._picture: QImage | None = None
        self._words = ""
        self._loudest = 1.0  # of the samples: the waveform is drawn as high as there is room
        self._highest = 1.0  # share of the spectrogram that can hold anything
        self._pressed: QPointF | None = None
        self._anchor = 0.0  # seconds at which a drag began
        self._panned: QPointF | None = None
        THEME.changed.connect(self._colour)

    # What is shown

    def show_sound(self, sound: Outline) -> None:
        """An empty view of a new sound; what is drawn comes later."""
        self.stretch = Stretch(sound.seconds, self._plot().toRect().width())
        self._loudest = max(_FAINT, float(np.abs(sound.peaks).max()))
        self._highest = audio.height(min(sound.rate, audio.RATE) / 2)
        self.selection, self.line, self._words = None, 0.0, ""
        self._drawing = self._picture = None
        self.update()
        self.stretched.emit()

    def show_words(self, words: str) -> None:
        """No sound: why, or what to do."""
        self._drawing = self._picture = None
        self.stretch, self.selection, self._words = Stretch(), None, words
        self.setAccessibleDescription(words)
        self.update()

    def show_drawing(self, drawing: Drawing) -> None:
        self._drawing = drawing
        rows, columns = drawing.spectrum.shape
        pixels = np.ascontiguousarray(drawing.spectrum)
        shown = QImage(pixels.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
        self._picture = shown.copy()  # the bytes go when this returns
        self._colour()

    @property
    def drawn(self) -> Drawing | None:
        return self._drawing

    def move_line(self, time: float) -> None:
        self.line = min(max(0.0, time), self.stretch.seconds)
        self.update()

    def select(self, begin: float, end: float) -> None:
        """Seconds; where both are the same, nothing is selected any more."""
        low, high = sorted(min(max(0.0, one), self.stretch.seconds) for one in (begin, end))
        self.selection = (low, high) if high > low else None
        self.update()
        self.selected.emit()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """About a moment; without one about the line, or the middle where it is out of view."""
        if at is None:
            inside = self.stretch.begin <= self.line <= self.stretch.end
            at = self.line if inside else (self.stretch.begin + self.stretch.end) / 2
        self.stretch.zoom(factor, at)
        self._moved()

    def fit(self) -> None:
        self.stretch.fit()
        self._moved()

    def pan(self, by: float) -> None:
        """So many seconds."""
        self.stretch.pan(by)
        self._moved()

    def bring(self, time: float) -> None:
        """Turns the page where a moment is out of view."""
        if self.stretch.show(time):
            self._moved()

    def _moved(self) -> None:
        self.update()
        self.stretched.emit()

    def _colour(self) -> None:
        if self._picture is not None:
            self._picture.setColorTable(_shades())
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), THEME.color("reading"))
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("on_reading"))
        if self._words:
            inside = QRectF(self.rect()).adjusted(24, 24, -24, -24)
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(inside, flags, self._words)
            return
        if not self.stretch.seconds:
            return
        wave, spectrum = self._parts()
        if self._drawing is not None and self._picture is not None:
            painter.setClipRect(self._plot())
            drawn = self._across(self._drawing.begin, self._drawing.end)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            rows = self._picture.height()
            painter.drawImage(
                QRectF(drawn.left(), spectrum.top(), drawn.width(), spectrum.height()),
                self._picture,
                QRectF(0, rows * (1 - self._highest), self._picture.width(), rows * self._highest),
            )
            _paint_wave(painter, self._drawing.waveform / self._loudest, drawn, wave)
            painter.setClipping(False)
        self._paint_axes(painter, spectrum)
        self._paint_places(painter)

    def _paint_axes(self, painter: QPainter, spectrum: QRectF) -> None:
        plot, px = self._plot(), THEME.px
        painter.setPen(THEME.color("on_reading"))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for hertz in _PITCHES:
            y = spectrum.bottom() - audio.height(hertz) / self._highest * spectrum.height()
            if y < spectrum.top() - 1:
                break
            words = f"{hertz // 1000} kHz" if hertz >= 1000 else f"{hertz} Hz"
            painter.drawText(QRectF(0, y - px(8), plot.left() - px(6), px(16)), right, words)
            painter.drawLine(QPointF(plot.left() - px(4), y), QPointF(plot.left(), y))
        times = ticks(self.stretch.begin, self.stretch.end, max(1, int(plot.width() / px(70))))
        step = times[1] - times[0] if len(times) > 1 else self.stretch.span
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        for time in times:
            x = plot.left() + self.stretch.to_x(time)
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + px(4)))
            words = clock(time, step) + (" s" if time < 60 else "")
            wide = painter.fontMetrics().horizontalAdvance(words) + px(4)
            left = min(x - wide / 2, self.width() - wide)  # the last one would be cut off
            painter.drawText(QRectF(left, plot.bottom() + px(4), wide, px(16)), middle, words)

    def _paint_places(self, painter: QPainter) -> None:
        """What is selected, and the line."""
        plot = self._plot()
        painter.setClipRect(plot)
        if self.selection is not None:
            part = self._across(*self.selection)
            chosen = QRectF(part.left(), plot.top(), part.width(), plot.height())
            painter.fillRect(chosen, THEME.color("accent", 0.25))
            painter.setPen(THEME.color("accent"))
            painter.drawLine(chosen.topLeft(), chosen.bottomLeft())
            painter.drawLine(chosen.topRight(), chosen.bottomRight())
        x = plot.left() + self.stretch.to_x(self.line)
        painter.setPen(QPen(THEME.color("trainable"), THEME.px(2)))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(THEME.color("accent"))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _plot(self) -> QRectF:
        px = THEME.px
        return QRectF(self.rect()).adjusted(px(_LEFT), px(_GAP), -px(_GAP), -px(_BELOW + _GAP))

    def _parts(self) -> tuple[QRectF, QRectF]:
        """Where the waveform and the spectrogram are."""
        plot, gap = self._plot(), THEME.px(_GAP)
        high = (plot.height() - gap) * _WAVE
        wave = QRectF(plot.left(), plot.top(), plot.width(), high)
        return wave, plot.adjusted(0, high + gap, 0, 0)

    def _across(self, begin: float, end: float) -> QRectF:
        left = self._plot().left()
        x, far = (left + self.stretch.to_x(time) for time in (begin, end))
        return QRectF(x, 0, far - x, 1)

    # The mouse

    def time_at(self, x: float) -> float:
        time = self.stretch.to_time(x - self._plot().left())
        return min(max(0.0, time), self.stretch.seconds)

    def x_of(self, time: float) -> float:
        """Px from the left of this widget."""
        return self._plot().left() + self.stretch.to_x(time)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.stretch.seconds:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._anchor = event.position(), self.time_at(event.position().x())
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._panned = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._panned is not None:
            by = (self._panned.x() - at.x()) / self.stretch.width * self.stretch.span
            self._panned = at
            self.pan(by)
        elif self._pressed is not None and self._dragged(at):
            self.select(self._anchor, self.time_at(at.x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._panned = self._pressed, None
        if event.button() != Qt.MouseButton.LeftButton or pressed is None:
            return
        if self._dragged(event.position()):
            self.select(self._anchor, self.time_at(event.position().x()))
        else:
            self.select(0.0, 0.0)
            self.placed.emit(self._anchor)
        self._pressed = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if not self.stretch.seconds:
            return
        sideways = turned.x() or (
            turned.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
        )
        if sideways:
            self.pan(-sideways / _NOTCH * self.stretch.span / 8)
        else:
            self.zoom(STEP ** (turned.y() / _NOTCH), self.time_at(event.position().x()))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.stretch.width = max(1, int(self._plot().width()))
        if self.stretch.seconds:
            self.stretched.emit()

    def _dragged(self, at: QPointF) -> bool:
        assert self._pressed is not None
        return abs(at.x() - self._pressed.x()) >= THEME.px(_DRAG)


def _paint_wave(painter: QPainter, waveform: np.ndarray, across: QRectF, part: QRectF) -> None:
    low, high = waveform[:, 0].copy(), waveform[:, 1].copy()
    # Each column reaches what its neighbour ends at, so that the line has no gaps.
    low[1:] = np.minimum(low[1:], waveform[:-1, 1])
    high[1:] = np.maximum(high[1:], waveform[:-1, 0])
    middle, half = part.center().y(), part.height() / 2
    x = across.left() + (np.arange(len(low)) + 0.5) / len(low) * across.width()
    painter.setPen(THEME.color("accent"))
    painter.drawLines(
        [
            QLineF(float(at), middle - half * float(top), float(at), middle - half * float(bottom))
            for at, bottom, top in zip(x, low, high, strict=True)
        ]
    )
    painter.setPen(THEME.color("on_reading", 0.4))
    painter.drawLine(QPointF(part.left(), middle), QPointF(part.right(), middle))


def _shades() -> list[int]:
    """256 colours from the ground over the accent to white."""
    ground, accent = THEME.color("reading"), THEME.color("accent")
    stops = np.array([0.0, 0.6, 1.0])
    ends = [ground, accent, QColor("white")]
    parts = [
        np.interp(np.linspace(0, 1, 256), stops, [getattr(one, name)() for one in ends])
        for name in ("red", "green", "blue")
    ]
    return [QColor(*(round(float(p[n])) for p in parts)).rgb() for n in range(256)]
