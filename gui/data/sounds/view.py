"""A sound in the window: seen as waveform and spectrogram, heard as a whole or in part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollBar, QSlider, QVBoxLayout, QWidget

from gui.data.sounds.canvas import STEP, SoundCanvas
from gui.data.sounds.player import Player
from gui.data.sounds.reader import Drawing, SoundReader
from gui.data.sounds.stretch import clock
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import row
from gui.widgets.controls import Tick, button, label

if TYPE_CHECKING:
    from engine.errors import GraftError
    from engine.media.listening import Outline

_PATIENCE = 150  # ms after which it says that it reads
_REST = 60  # ms without a move after which the part in view is read
_FRAME = 33  # ms between two places of the moving line
_ACROSS = 1000  # steps of the bar that pans
_HELP = "Click to play from there, drag to select, turn the wheel to zoom"


class SoundView(QWidget):
    """`open` a file, or `say` why there is none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._path: Path | None = None
        self.canvas = SoundCanvas()
        self.canvas.setToolTip(_HELP)
        self.reader = SoundReader(session, self)
        self.player = Player(self)
        self._build()
        self._connect()
        self._add_keys()
        session.closed.connect(self._close)

    # What is shown

    def open(self, path: Path) -> None:
        self._forget()
        self._path = path
        self._patience.start()
        self.reader.open(path)

    def say(self, words: str) -> None:
        """Shows words in place of a sound."""
        self._forget()
        self.reader.leave()
        self.canvas.show_words(words)

    def _forget(self) -> None:
        self._stop()
        self._path = None
        for timer in (self._patience, self._rest):
            timer.stop()
        self.trouble.hide()
        self._able(False)
        self.time.setText("")

    def _show_opened(self, outline: Outline) -> None:
        self._patience.stop()
        self.canvas.show_sound(outline)
        self._able(True)
        self._say()
        if self.at_once.isChecked():
            self.play_or_pause()

    def _show_drawing(self, drawing: Drawing) -> None:
        self.canvas.show_drawing(drawing)

    def _show_error(self, error: GraftError) -> None:
        self._forget()
        self.canvas.show_words(f"{error.title}\n\n{error.cause}\n{error.remedy}")

    def _show_trouble(self, error: GraftError) -> None:
        self.trouble.setText(f"{error.title}. {error.cause} {error.remedy}")
        self.trouble.show()

    def _say(self) -> None:
        """The time in figures, for eyes and for screen readers."""
        canvas = self.canvas
        seconds = canvas.stretch.seconds
        self.time.setText(f"{clock(canvas.line)} of {clock(seconds)} s")
        said = f"{clock(seconds)} seconds"
        if canvas.selection is not None:
            said += ", selected {} to {}".format(*map(clock, canvas.selection))
            self.time.setText(
                self.time.text() + ", selected {} to {} s".format(*map(clock, canvas.selection))
            )
        canvas.setAccessibleDescription(said)

    def _stretched(self) -> None:
        """What there is is stretched at once; what is in view is read when the view rests."""
        stretch = self.canvas.stretch
        blocked = self.bar.blockSignals(True)
        whole = max(1e-9, stretch.seconds)
        page = max(1, round(stretch.span / whole * _ACROSS))
        self.bar.setRange(0, _ACROSS - page)
        self.bar.setPageStep(page)
        self.bar.setSingleStep(max(1, page // 10))
        self.bar.setValue(round(stretch.begin / whole * _ACROSS))
        self.bar.blockSignals(blocked)
        self.bar.setVisible(not stretch.whole)
        if self._path is not None:
            self._rest.start()

    def _read(self) -> None:
        stretch = self.canvas.stretch
        if stretch.seconds:
            self.reader.want(stretch.begin, stretch.end, stretch.width)

    # Playing

    @property
    def span(self) -> tuple[float, float]:
        """What is played: the selection, or all."""
        return self.canvas.selection or (0.0, self.canvas.stretch.seconds)

    def play_or_pause(self) -> None:
        if self.player.playing:
            self._stop()
            return
        begin, end = self.span
        inside = begin <= self.canvas.line < end - 0.001
        self._play(self.canvas.line if inside else begin)

    def play_from(self, time: float) -> None:
        self.canvas.move_line(time)
        self._say()
        self._play(time)

    def to_begin(self) -> None:
        """Moves the line to the beginning, of the selection where there is one."""
        begin, _ = self.span
        if self.player.playing:
            self._play(begin)
        self.canvas.move_line(begin)
        self.canvas.bring(begin)
        self._say()

    def _play(self, at: float) -> None:
        if self._path is None or not self.canvas.stretch.seconds:
            return
        begin, end = self.span
        self.trouble.hide()
        self.player.play(self._path, begin, at, end)
        self.play.setText("Pause  P")
        self._frame.start()

    def _stop(self) -> None:
        self._follow()
        self.player.stop()
        self._stopped()

    def _stopped(self) -> None:
        self._frame.stop()
        self.play.setText("Play  P")

    def _ended(self) -> None:
        """At the end the line goes back to where playing begins."""
        self._stopped()
        if not self.trouble.isVisibleTo(self):
            self.canvas.move_line(self.span[0])
        self._say()

    def _follow(self) -> None:
        position = self.player.position
        if position is not None:
            self.canvas.move_line(position)
            self.canvas.bring(position)
            self._say()

    def _close(self) -> None:
        self.say("")
        self.player.close()

    # By keys

    def _step(self, share: float) -> None:
        """Moves the line by a share of what is in view."""
        self.canvas.move_line(self.canvas.line + share * self.canvas.stretch.span)
        self.canvas.bring(self.canvas.line)
        if self.player.playing:
            self._play(self.canvas.line)
        self._say()

    def _select_from(self) -> None:
        _, end = self.span
        line = self.canvas.line
        self.canvas.select(line, end if end > line else self.canvas.stretch.seconds)

    def _select_to(self) -> None:
        begin, _ = self.span
        self.canvas.select(begin if begin < self.canvas.line else 0.0, self.canvas.line)

    # Making it

    def _build(self) -> None:
        self.play = button("Play  P", tip="Play, or pause; a selection alone (P)",
                           done=self.play_or_pause)  # fmt: skip
        self.loop = Tick("Loop")
        self.loop.setToolTip("Again and again, until you pause")
        self.at_once = Tick("Play each")
        self.at_once.setToolTip("Play a sound as soon as it is shown")
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setAccessibleName("Volume")
        self.volume.setToolTip("Volume")
        self.volume.setRange(0, 100)
        self.volume.setValue(100)
        self.volume.setFixedWidth(THEME.px(90))
        self.time = label("", "small")
        self.trouble = label("", "notice", wrap=True)
        self.trouble.hide()
        self.bar = QScrollBar(Qt.Orientation.Horizontal)
        self.bar.setAccessibleName("Part in view")
        self.bar.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.bar.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(THEME.px(8))
        box.addLayout(row(self.play, self.loop, self.at_once, self.volume, 1))
        box.addWidget(self.time)
        box.addWidget(self.trouble)
        box.addWidget(self.canvas, 1)
        box.addWidget(self.bar)
        self._able(False)

    def _connect(self) -> None:
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._patience.timeout.connect(lambda: self.canvas.show_words("Reading the sound…"))
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._read)
        self._frame = QTimer(self, interval=_FRAME)
        self._frame.timeout.connect(self._follow)
        self.reader.opened.connect(self._show_opened)
        self.reader.arrived.connect(self._show_drawing)
        self.reader.failed.connect(self._show_error)
        self.player.failed.connect(self._show_trouble)
        self.player.ended.connect(self._ended)
        self.canvas.placed.connect(self.play_from)
        self.canvas.selected.connect(self._say)
        self.canvas.stretched.connect(self._stretched)
        self.bar.valueChanged.connect(self._pan_to)
        self.loop.toggled.connect(lambda on: setattr(self.player, "loop", on))
        self.volume.valueChanged.connect(lambda to: setattr(self.player, "volume", to / 100))

    def _pan_to(self, value: int) -> None:
        stretch = self.canvas.stretch
        self.canvas.pan(value / _ACROSS * stretch.seconds - stretch.begin)

    def _able(self, on: bool) -> None:
        for one in (self.play, self.loop, self.volume):
            one.setEnabled(on)

    def _add_keys(self) -> None:
        def key(text: str, keys: str | list[str], done: Any, wide: bool = False) -> None:
            window = Qt.ShortcutContext.WindowShortcut
            here = Qt.ShortcutContext.WidgetWithChildrenShortcut
            made = action(self, text, keys, "Sounds", window if wide else here)
            made.triggered.connect(lambda: done())

        # It is heard from the list, too, as long as a sound is shown.
        key("Play, or pause", "P", self.play_or_pause, wide=True)
        key("To the beginning", "Home", self.to_begin)
        key("The line on", "Shift+Right", lambda: self._step(0.05))
        key("The line back", "Shift+Left", lambda: self._step(-0.05))
        key("Select from the line on", "[", self._select_from)
        key("Select up to the line", "]", self._select_to)
        key("Select nothing", "Ctrl+Shift+A", lambda: self.canvas.select(0.0, 0.0))
        key("Larger", ["+", "="], lambda: self.canvas.zoom(STEP))
        key("Smaller", "-", lambda: self.canvas.zoom(1 / STEP))
        key("All of the sound", "Z", self.canvas.fit)
