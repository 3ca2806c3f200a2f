"""What a choice shows in its field."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QImage

from gui.theme import THEME
from gui.widgets.controls import Choice


def shown(choice: Choice) -> QImage:
    return choice.grab().toImage()


def test_what_is_chosen_is_told_from_nothing_and_from_what_was_said_in_its_place(
    qapp: Any, qtbot: Any
) -> None:
    THEME.begin(qapp)
    made = []
    for chosen, instead in ((0, ""), (-1, "Own plan"), (-1, "")):
        one = Choice([("Last block", 1)], "Preset")
        one.setPlaceholderText(instead)
        one.setCurrentIndex(chosen)
        one.resize(200, 28)
        qtbot.addWidget(one)
        made.append(shown(one))
    first, own, empty = made
    assert first != empty and own != empty and first != own


def test_a_long_choice_ends_in_dots_before_the_angle(qapp: Any, qtbot: Any) -> None:
    THEME.begin(qapp)
    made = []
    for words in ("Readers disagree", "Readers disagree about this one", "Any"):
        one = Choice([(words, 1)], "Filter")
        one.resize(110, 28)
        qtbot.addWidget(one)
        made.append(shown(one))
    long, longer, short = made
    assert long != short and long == longer, "both end where the field does"
