"""The items that pass the filter, of which only those near the eye are read."""

from __future__ import annotations

import dataclasses
from array import array
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from gui.session import Session

if TYPE_CHECKING:
    from engine.store.items import Item

PAGE = 60  # items read at once
KEPT = 40  # pages held
Index = QModelIndex | QPersistentModelIndex


class ItemsModel(QAbstractListModel):
    """Holds every id (8 bytes an item) and a few pages of items around what is seen."""

    arrived = Signal()  # items that were asked for are there

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._ids: array[int] = array("q")
        self._pages: OrderedDict[int, list[Item]] = OrderedDict()
        self._stale: set[int] = set()
        self._under_way: set[int] = set()
        self._asked: set[int] = set()
        self.blind = ""  # a second reader: items carry what that one said, and nothing else
        self._epoch = 0  # answers to questions of an earlier one are dropped
        self._timer = QTimer(self, singleShot=True, interval=10)
        self._timer.timeout.connect(self._fetch)

    @property
    def loaded(self) -> int:
        """How many items are in memory."""
        return sum(map(len, self._pages.values()))

    def set_ids(self, ids: array[int]) -> None:
        """Shows these items. The same ids again keep selection and place."""
        self._epoch += 1
        self._under_way.clear()
        if ids == self._ids:
            self.reread()
            return
        self.beginResetModel()
        self._ids = ids
        self._pages.clear()
        self._stale.clear()
        self.endResetModel()

    def reread(self) -> None:
        """Items may have changed: shows what is known until it was read again."""
        self._epoch += 1
        self._under_way.clear()
        self._stale = set(self._pages)
        self.arrived.emit()

    def change(self, changed: Mapping[int, Mapping[str, Any]]) -> None:
        """Shows fields of items anew that were stored: values by field, by item id."""
        for items in self._pages.values():
            for place, item in enumerate(items):
                if item.id in changed:
                    items[place] = dataclasses.replace(item, **changed[item.id])
        self._epoch += 1  # what is being read now may be of before
        self._stale |= self._under_way
        self._under_way.clear()
        self.arrived.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    @property
    def ids(self) -> array[int]:
        """Of all items in their order; replaced as a whole, never changed."""
        return self._ids

    def id_at(self, row: int) -> int:
        return self._ids[row]

    def row_of(self, id: int) -> int | None:
        """Where an item is, whatever the order."""
        try:
            return self._ids.index(id)
        except ValueError:
            return None

    def item(self, row: int) -> Item | None:
        """The item of a row; None when it must be read first, which then begins."""
        page, place = divmod(row, PAGE)
        if page not in self._pages or page in self._stale:
            self._asked.add(page)
            if not self._timer.isActive():
                self._timer.start()
        if page not in self._pages:
            return None
        self._pages.move_to_end(page)
        items = self._pages[page]
        return items[place] if place < len(items) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Says what is known already: asking every row must not read every row."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        page, place = divmod(index.row(), PAGE)
        items = self._pages.get(page, [])
        if place >= len(items):
            return None
        item = items[place]
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = f"\n{item.problem.title}: {item.problem.cause}" if item.problem else ""
            return f"{item.text[:400] if item.text else item.path}{problem}"
        return item.text or item.name

    def _fetch(self) -> None:
        project = self._session.project
        asked, self._asked = self._asked - self._under_way, set()
        if project is None:
            return
        for page in sorted(asked):
            ids = list(self._ids[page * PAGE : (page + 1) * PAGE])
            self._under_way.add(page)
            epoch = self._epoch
            self._session.jobs.run(
                partial(_load, project, ids, self.blind), done=partial(self._take, page, epoch),
                failed=self._session.change_failed.emit,
            )  # fmt: skip

    def _take(self, page: int, epoch: int, found: list[Item]) -> None:
        if epoch != self._epoch:
            return
        self._under_way.discard(page)
        self._stale.discard(page)
        self._pages[page] = found
        self._pages.move_to_end(page)
        while len(self._pages) > KEPT:
            old, _ = self._pages.popitem(last=False)
            self._stale.discard(old)
        self.arrived.emit()


def _load(project: Any, ids: list[int], blind: str, emit: Any, cancel: Any) -> list[Item]:
    from engine.store import items, labels

    found = items.load(project, ids)
    if not blind:
        return found
    said = labels.read_blind(project, ids, blind)
    return [dataclasses.replace(item, class_id=said[item.id]) for item in found]
