"""The reading room: a picture, what the model sees of it beside it, and how to go about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QPainter, QPainterPath
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from engine.media.tone import as_window
from gui.data.viewing.bar import Bar
from gui.data.viewing.canvas import STEP, Canvas
from gui.data.viewing.frames import Frames
from gui.data.viewing.hands import ToneHand, moved_tone
from gui.data.viewing.measuring import Ruler
from gui.data.viewing.tool import Tool
from gui.keys import action
from gui.session import Session
from gui.theme import THEME

if TYPE_CHECKING:
    from engine.errors import GraftError
    from engine.media.preprocess import ImagePreprocess
    from engine.media.reading import Preset, Reading
    from gui.data.viewing.raster import Raster

_STEP = 24  # px of a drag that one key stands for
_PATIENCE = 150  # ms after which it says that it reads


class Room(QWidget):
    """Shows a file; `canvas` is where others draw. Its actions can be lent to a whole page."""

    shown = Signal()  # a picture is there

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.canvas = Canvas()
        self.model = Canvas("What the model sees")
        self.model.hide()
        self.frames = Frames(session, self)
        self.bar = Bar()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Frame")
        self.slider.hide()
        self.ruler = Ruler()
        self._window_tool = ToneHand()
        self._before: Tool | None = None  # the tool that W and L give back
        self._crop = _Crop()
        self._asked = False  # for another tone than the file's
        self.canvas.layers.append(self.ruler)
        self.model.layers.append(self._crop)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._patience.timeout.connect(lambda: self._words("Reading the picture…"))
        self._lay_out()
        self._add_keys()
        self._connect()

    # What is shown

    def open(self, path: Path) -> None:
        self.ruler.clear()
        self._patience.start()
        self.frames.open(path)

    def say(self, words: str) -> None:
        """Shows words in place of a picture."""
        self.frames.leave()
        self._words(words)

    def set_preprocess(self, preprocess: ImagePreprocess | None) -> None:
        """What the chosen model does to a picture; the part it takes is framed."""
        self._crop.preprocess = preprocess
        self.model.update()

    @property
    def tool(self) -> Tool | None:
        """What the left button does; None: it pans."""
        return self._before if self._borrowed else self.canvas.tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._before = None
        self._take_tool(tool)

    def _words(self, words: str) -> None:
        self._patience.stop()
        self.bar.show_reading(None)
        self.slider.hide()
        for canvas in (self.canvas, self.model):
            canvas.show_words(words)

    def _show_opened(self, reading: Reading, raster: Raster) -> None:
        self._patience.stop()
        self._asked = False
        self.bar.show_reading(reading)
        self.canvas.tone = raster.frame.tone
        self.canvas.show_frame(raster, reading)
        self.slider.setRange(0, reading.frames - 1)
        self.slider.setValue(0)
        self.slider.setVisible(reading.frames > 1)
        for one in (self.next_frame, self.last_frame):
            one.setEnabled(reading.frames > 1)
        self.canvas.tone_changed.emit()
        if self.bar.seen.isChecked():
            self.frames.want_seen()
        self.shown.emit()

    def _show_frame(self, index: int, raster: Raster) -> None:
        reading = self.canvas.reading
        if reading is None:
            return
        if not self._asked:  # each frame as the file wants it; else all as the first
            own = raster.frame.given or as_window(reading.tone).width <= 0
            self.canvas.tone = raster.frame.tone if own else reading.tone
        self.canvas.show_frame(raster, reading.at(raster.frame), index)
        self.slider.setValue(index)

    def _show_error(self, error: GraftError) -> None:
        self._words(f"{error.title}\n\n{error.cause}\n{error.remedy}")

    def _show_seen(self, raster: Raster) -> None:
        reading = self.canvas.reading
        if reading is None:
            return
        first = ": the first frame" if reading.frames > 1 else ""
        self.model.caption = f"What the model sees{first}"
        self.model.tone = raster.frame.tone
        self.model.show_frame(raster, _as_seen(reading))
        self.model.take_view(self.canvas)

    # What a person does

    def go(self, by: int) -> None:
        """So many frames further."""
        reading = self.canvas.reading
        if reading is not None and reading.frames > 1:
            self.frames.want(min(max(self.slider.value() + by, 0), reading.frames - 1))

    def _choose_preset(self, preset: Preset) -> None:
        self._asked = True
        self.canvas.set_tone(preset.tone)

    def _reset_tone(self) -> None:
        self._asked = False
        if self.canvas.raster is not None:
            self.canvas.set_tone(self.canvas.raster.frame.tone)
        self.canvas.set_inverted(False)

    def _move_tone(self, right: float, down: float) -> None:
        """As a drag of so many px does."""
        if self.canvas.raster is not None:
            self.canvas.set_tone(moved_tone(self.canvas, as_window(self.canvas.tone), right, down))

    def _borrow(self, tool: Tool, wanted: bool) -> None:
        if not wanted:
            self._take_tool(self._before)
            self._before = None
            return
        if not self._borrowed:
            self._before = self.canvas.tool
        self._take_tool(tool)

    @property
    def _borrowed(self) -> bool:
        return self.canvas.tool in (self._window_tool, self.ruler)

    def _take_tool(self, tool: Tool | None) -> None:
        self.canvas.tool = tool
        self.bar.window_tool.setChecked(tool is self._window_tool)
        self.bar.ruler.setChecked(tool is self.ruler)

    def _show_model(self, wanted: bool) -> None:
        self.model.setVisible(wanted)
        self.bar.seen.setChecked(wanted)
        if wanted and self.canvas.reading is not None:
            self.frames.want_seen()

    def _tone_moved(self) -> None:
        raster = self.canvas.raster
        if raster is not None and self.canvas.tone != raster.frame.tone:
            self._asked = True
        self.bar.invert.setChecked(self.canvas.inverted)

    # Making it

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(THEME.px(8))
        pictures.addWidget(self.canvas, 1)
        pictures.addWidget(self.model, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(THEME.px(8))
        box.addWidget(self.bar)
        box.addLayout(pictures, 1)
        box.addWidget(self.slider)

    def _add_keys(self) -> None:
        def key(text: str, keys: str | list[str], done: Any) -> QAction:
            here = Qt.ShortcutContext.WidgetWithChildrenShortcut
            made = action(self, text, keys, "Reading", here)
            made.triggered.connect(lambda: done())
            return made

        bar, canvas = self.bar, self.canvas
        key("Drag for window and level, or back to the tool before", "W", bar.window_tool.click)
        key("Measure, or back to the tool before", "L", bar.ruler.click)
        key("Invert", "I", bar.invert.click)
        key("The window of the file", "Shift+W", self._reset_tone)
        key("What the model sees", "M", bar.seen.click)
        for words, keys, right, down in (
            ("Wider window, softer", "Ctrl+Right", _STEP, 0), ("Narrower", "Ctrl+Left", -_STEP, 0),
            ("Brighter", "Ctrl+Up", 0, -_STEP), ("Darker", "Ctrl+Down", 0, _STEP),
        ):  # fmt: skip
            key(words, keys, lambda right=right, down=down: self._move_tone(right, down))
        ways = [
            key("Fit into the room", "F", canvas.fit),
            key("One pixel to one", "Z", canvas.one_to_one),
            key("Larger", ["+", "="], lambda: canvas.zoom(STEP)),
            key("Smaller", "-", lambda: canvas.zoom(1 / STEP)),
        ]
        self.next_frame = key("Next frame", "PgDown", lambda: self.go(1))
        self.last_frame = key("Frame before", "PgUp", lambda: self.go(-1))
        for one in (self.next_frame, self.last_frame):
            one.setEnabled(False)  # so that the keys mean what they mean elsewhere
        bar.add_ways([*ways, self.next_frame, self.last_frame])

    def _connect(self) -> None:
        self.frames.opened.connect(self._show_opened)
        self.frames.arrived.connect(self._show_frame)
        self.frames.failed.connect(self._show_error)
        self.frames.seen.connect(self._show_seen)
        self.frames.seen_failed.connect(lambda error: self.model.show_words(error.title))
        self.slider.valueChanged.connect(self.frames.want)
        self.canvas.frame_wanted.connect(self.go)
        self.canvas.tone_changed.connect(self._tone_moved)
        self.canvas.view_changed.connect(lambda: self.model.take_view(self.canvas))
        self.model.view_changed.connect(self._follow_model)
        self.model.frame_wanted.connect(self.go)
        self.bar.preset_chosen.connect(self._choose_preset)
        self.bar.window_tool.clicked.connect(lambda on: self._borrow(self._window_tool, on))
        self.bar.ruler.clicked.connect(lambda on: self._borrow(self.ruler, on))
        self.bar.invert.clicked.connect(self.canvas.set_inverted)
        self.bar.seen.clicked.connect(self._show_model)

    def _follow_model(self) -> None:
        if self.model.isVisible() and self.model.raster is not None:
            self.canvas.take_view(self.model)


def _as_seen(reading: Reading) -> Reading:
    """The same picture as the model has it: colours, already turned."""
    import dataclasses

    return dataclasses.replace(reading, inverted=False, colour=True, unit="", frames=1)


class _Crop:
    """Darkens what a model's preprocessing cuts off."""

    def __init__(self) -> None:
        self.preprocess: ImagePreprocess | None = None

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        if self.preprocess is None or canvas.reading is None:
            return
        x, y, wide, high = self.preprocess.seen(canvas.reading.width, canvas.reading.height)
        corner, far = canvas.to_widget(QPointF(x, y)), canvas.to_widget(QPointF(x + wide, y + high))
        outside = QPainterPath()
        outside.addRect(QRectF(canvas.rect()))
        inside = QPainterPath()
        inside.addRect(QRectF(corner, far))
        painter.fillPath(outside - inside, THEME.color("reading", 0.6))
        painter.setPen(THEME.color("on_reading"))
        painter.drawRect(QRectF(corner, far))
