"""The marks of the item that is shown, and every change to them on its way into the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.labels.edits import Redraw
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Shape
from gui.data.labelling import Labelling
from gui.jobs import Job
from gui.session import Session

if TYPE_CHECKING:
    from engine.store.items import Item


class Desk(QObject):
    """What tools draw on. A mark shows as solid once it is stored, and not before."""

    changed = Signal()  # marks, or which is selected

    def __init__(self, session: Session, labelling: Labelling) -> None:
        super().__init__(session)
        self._session, self._labelling = session, labelling
        self.item: Item | None = None
        self.revision = 0  # of what is shown
        self._shown: list[Mark] | None = None
        self.frame = 0
        self.marks: list[Mark] = []  # as stored, of all frames
        self.pending: dict[str, Mark] = {}  # versions that are on their way, by uid
        self.selected: str | None = None  # uid
        self.class_id: int | None = None  # of what is drawn next
        self._job: Job | None = None
        labelling.stored.connect(self._take)
        session.facts_changed.connect(self._keep_class)

    # What is there

    def show_item(self, item: Item | None) -> None:
        same = item is not None and self.item is not None and item.id == self.item.id
        self.item = item
        if same:
            return
        self.marks, self.pending, self.selected, self.frame = [], {}, None, 0
        self._say()
        self.reload()

    def reload(self) -> None:
        """Reads the marks of the item anew."""
        project, item = self._session.project, self.item
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if project is None or item is None:
            return
        blind = self._labelling.reader if self._labelling.blind else None

        def read(emit: Any, cancel: Any) -> list[Mark]:
            from engine.store import marks

            return marks.of_item(project, item.id, blind)

        self._job = self._session.jobs.run(read, done=self._show)

    def _show(self, found: list[Mark]) -> None:
        self.marks, self._shown = found, None
        if self.selected is not None and self.find(self.selected) is None:
            self.selected = None
        self._say()

    def show_frame(self, frame: int) -> None:
        """Shows the marks of another frame of the picture."""
        if frame != self.frame:
            self.frame, self.selected = frame, None
            self._say()

    def _say(self) -> None:
        self.revision += 1
        self._shown = None
        self.changed.emit()

    @property
    def shown(self) -> list[Mark]:
        """The marks of this frame as they will be, those first made first."""
        if self._shown is None:
            self._shown = self._now()
        return self._shown

    def _now(self) -> list[Mark]:
        now = [self.pending.get(mark.uid, mark) for mark in self.marks]
        known = {mark.uid for mark in self.marks}
        now += [mark for uid, mark in self.pending.items() if uid not in known]
        return [
            mark
            for mark in now
            if not mark.gone and mark.frame == self.frame and mark.shape.kind != "class"
        ]

    def find(self, uid: str | None) -> Mark | None:
        return next((mark for mark in self.shown if mark.uid == uid), None)

    @property
    def current(self) -> Mark | None:
        """The mark that is selected."""
        return self.find(self.selected)

    def select(self, uid: str | None) -> None:
        if uid != self.selected:
            self.selected = uid
            self.changed.emit()

    def color(self, class_id: int) -> int:
        """The palette's place of a class."""
        facts = self._session.facts
        found = [cls.color for cls in facts.classes if cls.id == class_id] if facts else []
        return found[0] if found else 0

    def name(self, class_id: int) -> str:
        facts = self._session.facts
        return (facts.class_name(class_id) if facts else None) or ""

    # What is done

    @property
    def open(self) -> bool:
        """Whether something can be drawn."""
        facts = self._session.facts
        return self.item is not None and facts is not None and not facts.readonly

    def draw(self, shape: Shape) -> Mark | None:
        """A new mark of the class that is chosen; it is selected. None: there is no class."""
        cls = self._keep_class()
        if not self.open or self.item is None or cls is None:
            return None
        mark = Mark(new_uid(), self.item.id, cls, shape, self.frame)
        self.selected = mark.uid
        self._commit([replace(mark, gone=True)], [mark], f"draw a {shape.kind}")
        return mark

    def reshape(self, mark: Mark, shape: Shape) -> None:
        if shape != mark.shape:
            self._commit([mark], [replace(mark, shape=shape)], f"change a {shape.kind}")

    def reclass(self, class_id: int) -> bool:
        """Gives the selected mark another class. Returns whether there is one."""
        self.class_id = class_id
        mark = self.current
        if mark is None or not self.open:
            return False
        if mark.class_id != class_id:
            self._commit([mark], [replace(mark, class_id=class_id)], "change a mark's class")
        return True

    def erase(self) -> bool:
        """Takes the selected mark away. Returns whether there is one."""
        mark = self.current
        if mark is None or not self.open:
            return False
        self.selected = None
        self._commit([mark], [replace(mark, gone=True)], f"erase a {mark.shape.kind}")
        return True

    def step(self, by: int) -> None:
        """Selects the next mark, or the one before."""
        uids = [mark.uid for mark in self.shown]
        if not uids:
            return
        place = uids.index(self.selected) + by if self.selected in uids else (0 if by > 0 else -1)
        self.select(uids[place % len(uids)])

    def _commit(self, before: Sequence[Mark], after: Sequence[Mark], title: str) -> None:
        self.pending.update({mark.uid: mark for mark in after})
        self._labelling.do(Redraw(tuple(before), tuple(after), self._labelling.blind), title)
        self._say()

    def _take(self, edit: object) -> None:
        """Shows as stored what was stored."""
        if not isinstance(edit, Redraw) or self.item is None:
            return
        mine = [mark for mark in edit.after if mark.item_id == self.item.id]
        if not mine:
            return
        for mark in mine:
            if self.pending.get(mark.uid) == mark:
                del self.pending[mark.uid]
            place = next((n for n, old in enumerate(self.marks) if old.uid == mark.uid), None)
            if place is None:
                self.marks.append(mark)
            else:
                self.marks[place] = mark
        self.marks = [mark for mark in self.marks if not mark.gone]
        self._say()

    def _keep_class(self) -> int | None:
        """The class that is drawn; the first one where none was chosen, or it is gone."""
        facts = self._session.facts
        known = [cls.id for cls in facts.classes] if facts else []
        if self.class_id not in known:
            self.class_id = known[0] if known else None
        return self.class_id
