"""PySide6 6.12.0 lost references to None and True with every paint and signal; ours must not."""

from __future__ import annotations

import sys

import numpy as np
from PySide6.QtCore import QObject, Signal

from gui.theme import THEME

PAINTS, SIGNALS = 150, 20_000
# Counts move a little with what else is alive; a loss with each paint or signal is far more.
SLACK = 50


class Sender(QObject):
    said = Signal(object)
    turned = Signal(bool)


def test_painting_a_plot_keeps_none_and_true(qapp, qtbot) -> None:
    from gui.widgets.plot import Plot

    THEME.begin(qapp)
    plot = Plot("Loss", ("training", "validation"))
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show()
    x, few = np.arange(500.0), np.arange(20.0)
    plot.show_curves({"training": (x, np.sin(x)), "validation": (few, np.cos(few))})
    plot.grab()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for number in range(PAINTS):
        plot.show_curves({"training": (x, np.sin(x + number)), "validation": (few, np.cos(few))})
        plot.grab()
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert after[0] >= before[0] - SLACK
    assert after[1] >= before[1] - SLACK


def test_signals_keep_none_and_true(qapp) -> None:
    sender, heard = Sender(), []
    sender.said.connect(lambda value: heard.append(value is None))
    sender.turned.connect(lambda value: heard.append(value is True))
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(SIGNALS):
        sender.said.emit(None)
        sender.turned.emit(True)
    assert len(heard) == 2 * SIGNALS
    assert all(heard)
    heard.clear()  # it held a True for each
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert after[0] >= before[0] - SLACK
    assert after[1] >= before[1] - SLACK
