"""How much of a text its row in the list shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QFontMetrics, QImage, QPainter

from engine.store import items
from engine.store.items import NewItem
from engine.store.project import Project
from gui.theme import TEXT, THEME
from gui.widgets.tiles import _broken


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=120), st.integers(40, 400))
def test_a_text_is_broken_where_a_word_ends(qapp: object, text: str, width: int) -> None:
    words = " ".join(text.split())
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setFont(THEME.font(TEXT))
    first, rest = _broken(painter, words, width)
    wide = painter.fontMetrics().horizontalAdvance(first)
    painter.end()
    assert words in (first + rest, f"{first} {rest}")
    assert wide <= width or len(first) <= 1


def test_a_row_of_the_list_shows_the_text(make_window: Any, tmp_path: Path, qtbot: Any) -> None:
    folder = tmp_path / "Texts.graft"
    words = "Dr Haddad asks about the order of 14 May and about everything that came with it."
    with Project.create(folder, "text-classification") as made:
        items.add(made, items.source_id(made, tmp_path),
                  [NewItem("t.csv", "text", "0" * 64, 4, position=1, text=words)])  # fmt: skip
    browser = make_window(folder).page.full.browser
    qtbot.waitUntil(lambda: browser.model.rowCount() == 1 and browser.current is not None)
    grid, said = browser.grid, []
    rect = grid.visualRect(browser.model.index(0))

    class Listening(QPainter):
        def drawText(self, *given: Any) -> None:
            said.append(given[-1])

    image = QImage(rect.size(), QImage.Format.Format_RGB32)
    painter = Listening(image)
    browser.look._row(painter, rect, browser.current, False, False)
    painter.end()
    line = QFontMetrics(THEME.font(TEXT)).horizontalAdvance(said[0])
    assert said[0] and words.startswith(said[0]) and line > rect.width() / 2
    assert words[len(said[0]) + 1 :].startswith(said[1].rstrip("…")[:-1]) and len(said[1]) > 10
