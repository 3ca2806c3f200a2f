"""The card under the tree: the timeline of phases, and the fields of the one that is edited."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from engine.freezing.presets import SCHEDULES, Phase
from gui.layers.timeline import Timeline
from gui.theme import THEME
from gui.widgets.card import Card, column, row
from gui.widgets.controls import Choice, button, label, set_flag

# field, title, least, most, tip, px
NUMBERS = (
    ("epochs", "Epochs", 1, 10_000, "How often every training item is seen in this phase", 56),
    ("lr", "Rate", 1e-10, 10, "Learning rate at its highest; layers take their factor of it", 76),
    ("warmup", "Warm-up", 0, 1, "Share of the steps in which the rate rises", 56),
)


class PhasesCard(Card):
    chosen = Signal(int)
    changed = Signal(str, object)  # words of the step, {field: value}
    added = Signal()
    removed = Signal()
    moved = Signal(int)  # -1, +1

    def __init__(self) -> None:
        super().__init__("Phases", tight=True)
        self.timeline = Timeline()
        self.timeline.chosen.connect(self.chosen)
        self.earlier = button("‹ Earlier", "", "Alt+Left: before the phase that is before it")
        self.later = button("Later ›", "", "Alt+Right: behind the phase that follows it")
        self.add = button("Add a phase", "", "Ctrl+Shift+N: a copy of the last")
        self.remove = button("Remove", "", "Ctrl+Shift+Delete")
        self.earlier.clicked.connect(lambda: self.moved.emit(-1))
        self.later.clicked.connect(lambda: self.moved.emit(1))
        self.add.clicked.connect(lambda: self.added.emit())
        self.remove.clicked.connect(lambda: self.removed.emit())
        self.said = label("", "small")
        self.top.insertWidget(1, self.said)
        for one in (self.earlier, self.later, self.remove, self.add):
            self.top.addWidget(one)
        self.box.addWidget(self.timeline)
        self.title = self._field("Title of the phase", 0)
        self.schedule = Choice([(name, name) for name in SCHEDULES], "Schedule")
        self.schedule.setToolTip("How the learning rate falls over the phase")
        self.schedule.setMaximumWidth(THEME.px(110))
        self.schedule.currentIndexChanged.connect(
            lambda: self._say(schedule=str(self.schedule.currentData()))
        )
        self.title.editingFinished.connect(self._retitled)
        self.fields: dict[str, QLineEdit] = {}
        holder = QWidget()
        holder.setLayout(column(self._line()))
        self.box.addWidget(holder)
        self._shown: Phase | None = None

    def _line(self) -> QHBoxLayout:
        line = row(self.title, spacing=8)
        line.setStretch(0, 1)
        for name, title, _, _, tip, wide in NUMBERS:
            words, field = label(title, "small"), self._field(title, wide)
            words.setToolTip(tip)
            words.setBuddy(field)
            field.setToolTip(tip)
            field.editingFinished.connect(lambda name=name: self._numbered(name))
            line.addWidget(words)
            line.addWidget(field)
            self.fields[name] = field
        line.addWidget(self.schedule)
        return line

    def _field(self, name: str, wide: int) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        if wide:
            field.setFixedWidth(THEME.px(wide))
        return field

    def show_phases(
        self, phases: list[Phase], shares: list[float], at: int, readonly: bool
    ) -> None:
        self.timeline.show_phases(phases, shares, at)
        phase = self._shown = phases[at] if phases else None
        several = len(phases) > 1
        total = sum(one.epochs for one in phases)
        self.said.setText(f"{total} epochs in all" if several else "")
        self.remove.setEnabled(several and not readonly)
        self.earlier.setEnabled(at > 0 and not readonly)
        self.later.setEnabled(at < len(phases) - 1 and not readonly)
        self.earlier.setVisible(several)
        self.later.setVisible(several)
        self.remove.setVisible(several)
        for one in (self.add, self.title, self.schedule, *self.fields.values()):
            one.setEnabled(not readonly)
        if phase is None:
            return
        if not self.title.hasFocus() or not self.title.isModified():
            self.title.setText(phase.title)
            self.title.setCursorPosition(0)
        for name, field in self.fields.items():
            if not field.hasFocus() or not field.isModified():
                field.setText(f"{getattr(phase, name):g}")
                set_flag(field, "wrong", False)
        blocked = self.schedule.blockSignals(True)
        self.schedule.choose(phase.schedule)
        self.schedule.blockSignals(blocked)

    def _retitled(self) -> None:
        words = " ".join(self.title.text().split())
        self.title.setModified(False)
        if words:
            self._say(title=words)
        elif self._shown is not None:
            self.title.setText(self._shown.title)

    def _numbered(self, name: str) -> None:
        field = self.fields[name]
        least, most = next((low, high) for n, _, low, high, _, _ in NUMBERS if n == name)
        try:
            typed = field.text().strip().replace(",", ".")
            value: Any = int(typed) if name == "epochs" else float(typed)
        except ValueError:
            value = None
        wrong = value is None or not least <= value <= most
        set_flag(field, "wrong", wrong)
        whole = "A whole number" if name == "epochs" else "A number"
        field.setToolTip(f"{whole} from {least:g} to {most:,}." if wrong else "")
        if not wrong:
            field.setModified(False)
            self._say(**{name: value})

    def _say(self, **values: Any) -> None:
        if self._shown is None:
            return
        new = {k: v for k, v in values.items() if v != getattr(self._shown, k)}
        if new:
            what = {"lr": "learning rate", "warmup": "warm-up"}
            words = ", ".join(what.get(name, name) for name in new)
            self.changed.emit(f"Change the {words} of a phase", new)
