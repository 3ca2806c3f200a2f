"""The frame of every page: title, where things stand, actions, content, details at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from engine.errors import GraftError
from gui.errors import ErrorCard
from gui.session import Session
from gui.theme import DETAILS, FOLD, THEME
from gui.widgets.card import scrolling
from gui.widgets.controls import Elided, button, label


class Page(QWidget):
    """A page of the window. Subclasses fill `actions`, `stack` and `details`.

    The stack holds the page's states (empty, loading, full). Details stand at
    the right, and fold into a drawer when the window is narrow.
    """

    fold = FOLD  # px of the window under which the details fold

    def __init__(self, title: str, name: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.name = name
        px = THEME.px
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(28), px(20), px(28), px(20))
        outer.setSpacing(px(16))
        outer.addLayout(self._header(title))
        self.notices = QVBoxLayout()
        self.notices.setSpacing(px(8))
        outer.addLayout(self.notices)
        self.body = _Body(self)
        outer.addWidget(self.body, 1)
        self.stack = self.body.stack
        self.details = self.body.details
        self.first: QWidget | None = None  # what the keyboard goes to on this page
        self.plain: list[QWidget] = []  # states of the stack that have no details
        self._error: ErrorCard | None = None
        self._behind = False  # facts changed while it was not seen

    def show_state(self, state: QWidget) -> None:
        """Shows one of the stack's states."""
        self.stack.setCurrentWidget(state)
        self.body.arrange()

    def _header(self, title: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(THEME.px(8))
        words = QVBoxLayout()
        words.setSpacing(THEME.px(2))
        self.titles = QHBoxLayout()  # beside the title there is room for the page's views
        self.titles.setSpacing(THEME.px(16))
        self.titles.addWidget(label(title, "title"))
        self.titles.addStretch(1)
        words.addLayout(self.titles)
        self.sentence = Elided("", "sentence")
        words.addWidget(self.sentence)
        row.addLayout(words, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(THEME.px(8))
        row.addLayout(self.buttons)
        self.drawer = button("Details", tip="Show or hide the details")
        self.drawer.setCheckable(True)
        self.drawer.hide()
        row.addWidget(self.drawer)
        return row

    def show_error(self, error: GraftError) -> None:
        """Shows what went wrong above the content, in place of an earlier error."""
        self.clear_error()
        self._error = ErrorCard(error)
        self._error.dismissed.connect(self._error_gone)
        self.notices.addWidget(self._error)

    def clear_error(self) -> None:
        if self._error is not None:
            self._error.hide()
            self._error.deleteLater()
            self._error = None

    @property
    def error(self) -> GraftError | None:
        return self._error.error if self._error else None

    def follow(self, session: Session) -> None:
        """Shows the project's facts whenever they change; at once only when it is seen."""
        session.facts_changed.connect(self._facts_came)

    def _facts_came(self) -> None:
        if self.isVisible():
            self._show_facts()
        else:
            self._behind = True

    def _show_facts(self) -> None:
        """Shows what the session knows now. Subclasses that follow it do this."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self._behind = False
            self._show_facts()

    def entered(self) -> None:
        """The person came to this page."""

    def _error_gone(self) -> None:
        self._error = None


class _Body(QWidget):
    """Content and details beside it, or over it when there is little room."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        px = THEME.px
        self.stack = QStackedWidget()
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.holder = QWidget()
        self.details = QVBoxLayout(self.holder)
        self.details.setContentsMargins(0, 0, 0, 0)
        self.details.setSpacing(px(12))
        self._side = QFrame(self)
        self._side.setObjectName("side")
        inner = QVBoxLayout(self._side)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(scrolling(self.holder, "Details"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(16))
        self._row.addWidget(self.stack, 1)
        self._row.addWidget(self._side)
        self._side.setFixedWidth(px(DETAILS))
        self._folded = False
        page.drawer.toggled.connect(lambda: self.arrange())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.arrange()

    def arrange(self) -> None:
        page = self._page
        wanted = self.details.count() > 0 and self.stack.currentWidget() not in page.plain
        narrow = self.window().width() < THEME.px(page.fold)
        page.drawer.setVisible(wanted and narrow)
        if narrow != self._folded:
            self._fold(narrow)
        self._side.setVisible(wanted and (not narrow or page.drawer.isChecked()))
        if narrow:
            wide = self._side.width()
            self._side.setGeometry(self.width() - wide, 0, wide, self.height())
            self._side.raise_()

    def _fold(self, narrow: bool) -> None:
        self._folded = narrow
        self._side.setObjectName("drawer" if narrow else "side")
        margin = THEME.px(12) if narrow else 0
        layout = self._side.layout()
        assert layout is not None
        layout.setContentsMargins(margin, 0, 0, 0)
        if narrow:
            self._row.removeWidget(self._side)
        else:
            self._row.addWidget(self._side)
        self._side.style().unpolish(self._side)
        self._side.style().polish(self._side)
