"""The rail at the left: the project, the six steps with their state, and whether it is offline."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from gui.facts import Facts
from gui.live import Live
from gui.theme import RAIL, ROW, SMALL, TEXT, THEME
from gui.widgets.controls import Elided, button, label

STEPS = (
    ("data", "Data"), ("models", "Model"), ("layers", "Layers"), ("training", "Train"),
    ("results", "Results"), ("use", "Use"),
)  # fmt: skip


class Step(QAbstractButton):
    """A step of the work: its number, its name, and where it stands."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number, self.state = number, ""
        self.setText(name)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.say("")

    def say(self, state: str) -> None:
        self.state = state
        self.setAccessibleName(f"{self.text()}: {state}" if state else self.text())
        key = f"Ctrl+{self.number}"
        self.setToolTip(f"{self.text()} · {state} ({key})" if state else f"{self.text()} ({key})")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(RAIL - 16), THEME.px(ROW + 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, on = THEME.px, self.isChecked()
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if on or self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(THEME.color("accent_soft" if on else "background"))
            painter.drawRoundedRect(rect, px(6), px(6))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(THEME.color("accent"), 2))
            painter.drawRoundedRect(rect, px(6), px(6))
        middle = Qt.AlignmentFlag.AlignVCenter
        strength = 1.0 if self.isEnabled() else 0.55
        painter.setPen(THEME.color("accent_text" if on else "muted", strength))
        painter.setFont(THEME.font(TEXT, bold=on))
        painter.drawText(rect.adjusted(px(12), 0, 0, 0), middle, str(self.number))
        name = rect.adjusted(px(32), 0, 0, 0)
        painter.drawText(name, middle, self.text())
        if self.state and self.isEnabled():
            taken = painter.fontMetrics().horizontalAdvance(self.text()) + px(40 + 10)
            painter.setFont(THEME.font(SMALL))
            painter.setPen(THEME.color("accent_text" if on else "muted"))
            room = rect.adjusted(taken, 0, -px(10), 0)
            text = painter.fontMetrics().elidedText(
                self.state, Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, text)


class Rail(QFrame):
    chosen = Signal(str)  # page name
    leave = Signal()  # close the project
    help = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName("Steps")
        self.setFixedWidth(THEME.px(RAIL))
        px = THEME.px
        box = QVBoxLayout(self)
        box.setContentsMargins(px(8), px(16), px(8), px(12))
        box.setSpacing(px(3))
        self.project = Elided("Graft", "projectName")
        self.task = Elided("", "small")
        for part in (self.project, self.task):
            part.setContentsMargins(px(12), 0, px(4), 0)
            box.addWidget(part)
        box.addSpacing(px(12))
        self.steps: dict[str, Step] = {}
        for number, (page, name) in enumerate(STEPS, start=1):
            step = Step(number, name)
            step.setEnabled(False)
            step.clicked.connect(lambda checked=False, page=page: self.chosen.emit(page))
            self.steps[page] = step
            box.addWidget(step)
        box.addStretch(1)
        box.addWidget(self._links())
        self.offline = label("●  Offline · 0 connections", "good")
        self.offline.setToolTip("Graft opens no connection to any network.")
        self.online = label("●  Downloads are allowed", "muted")
        self.online.setToolTip(
            "Models may be fetched by name. GRAFT_ONLINE or the file settings.json says so; "
            "nothing else leaves this computer."
        )
        for said in (self.offline, self.online):
            said.setContentsMargins(px(12), 0, 0, 0)
            said.hide()
            box.addWidget(said)

    def _links(self) -> QWidget:
        holder = QWidget()
        row = QVBoxLayout(holder)
        row.setContentsMargins(THEME.px(8), 0, 0, THEME.px(4))
        row.setSpacing(0)
        self.other = button("Other project", "link", "Close this project and choose another")
        self.other.clicked.connect(self.leave)
        keys = button("Keys and help", "link", "All keys (F1)")
        keys.clicked.connect(self.help)
        for part in (self.other, keys):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft)
        self.other.hide()
        return holder

    def show_page(self, name: str) -> None:
        for page, step in self.steps.items():
            step.setChecked(page == name)

    def show_facts(self, facts: Facts | None, live: Live | None) -> None:
        self.project.setText(facts.name if facts else "Graft")
        self.task.setText(facts.task.replace("-", " ") if facts else "no project open")
        self.other.setVisible(facts is not None)
        self.offline.setVisible(facts is not None and not facts.online)
        self.online.setVisible(facts is not None and facts.online)
        for step in self.steps.values():
            step.setEnabled(facts is not None)
            if facts is None:
                step.say("")
                step.setAutoExclusive(False)
                step.setChecked(False)
                step.setAutoExclusive(True)
        if facts is not None:
            for page, state in states(facts, live).items():
                self.steps[page].say(state)


def states(facts: Facts, live: Live | None) -> dict[str, str]:
    """Where each step stands, in a word or a figure."""
    total, labelled = facts.counts["items"], facts.counts["labelled"]
    data = f"{total:,}" if labelled == total else f"{labelled:,}/{total:,}"
    training = f"{len(facts.runs)} runs" if len(facts.runs) != 1 else "1 run"
    if live is not None:
        training = f"{live.fraction or 0.0:.0%}"
    # A trial that a search gave up says little of what was reached.
    whole = [run for run in facts.usable if run.state == "finished"] or facts.usable
    best = whole[0].best_validation if whole else None
    return {
        "data": data if total else "empty",
        "models": str(facts.model["name"]) if facts.model else "choose",
        "layers": facts.plan_title.lower(),
        "training": training if facts.runs or live else "",
        "results": f"{best:.3f}" if best is not None else "",
        "use": "ready" if facts.usable else "",
    }
