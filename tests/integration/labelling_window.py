"""A window of its own that labels as fast as it can, and says what it shows as saved.

python -m tests.integration.labelling_window PROJECT HOME

Says a line for each label that is on the screen as saved: item id and class id.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from gui.app import application
from gui.theme import THEME
from gui.window import Window

PATIENCE = 60.0  # seconds


def main(project: Path, home: Path) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home))
    app = application(["graft"])
    THEME.choose("light")
    window = Window(keep_warm=False)
    window.resize(1200, 760)
    window.show()
    window.open(project)

    def wait(ready: object) -> None:
        until = time.monotonic() + PATIENCE
        while not ready():  # type: ignore[operator]
            app.processEvents()
            if time.monotonic() > until:
                raise TimeoutError

    wait(lambda: window.session.facts is not None)
    page = window.pages["data"]
    model = page.full.browser.model
    wait(lambda: page.full.browser.current is not None)
    said: dict[int, int | None] = {}
    place = 0
    while True:
        QTest.keyClick(page.full.browser.grid, Qt.Key(Qt.Key.Key_1 + place % 3))
        place += 1
        app.processEvents()
        for row in range(model.rowCount()):
            item = model.item(row)  # as it is painted: solid is what is stored
            if (
                item is not None
                and item.class_id is not None
                and said.get(item.id) != item.class_id
            ):
                said[item.id] = item.class_id
                sys.stdout.write(f"{item.id} {item.class_id}\n")
                sys.stdout.flush()
        if page.full.browser.grid.currentIndex().row() == model.rowCount() - 1:
            page.full.browser.grid.select_row(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
