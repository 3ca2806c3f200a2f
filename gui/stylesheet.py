"""The one stylesheet. Colours and sizes come from the theme as $tokens."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template


def stylesheet(tokens: Mapping[str, str]) -> str:
    """The window's stylesheet for a set of colours and sizes (`Theme._tokens`)."""
    return Template(_SHEET).substitute(tokens)


_SHEET = """
QWidget { color: $text; font-size: $text_px; }
QMainWindow, QDialog, #page, #pages { background: $background; }
QLabel { background: transparent; }
QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: $p4; }

#rail { background: $surface; border: none; border-right: 1px solid $line; }
#strip { background: $surface; border: none; border-top: 1px solid $line; }
#projectName { font-size: $section_px; font-weight: 600; }
#title { font-size: $title_px; font-weight: 600; }
#section { font-size: $section_px; font-weight: 600; }
#figure { font-size: $figure_px; font-weight: 600; }
#strong { font-weight: 600; }
#muted, #sentence { color: $muted; }
#small { color: $muted; font-size: $small_px; }
#good { color: $good; font-size: $small_px; }
#bad { color: $bad; }
#fieldError { color: $bad; font-size: $small_px; }
#frozenText { color: $frozen_text; font-size: $small_px; }
#trainableText { color: $trainable_text; font-size: $small_px; }

QFrame#card { background: $surface; border: 1px solid $line; border-radius: $card; }
QFrame#drop { background: $surface; border: 2px dashed $line; border-radius: $card; }
QFrame#drop[over="true"] { border-color: $accent; background: $accent_soft; }
QFrame#errorBar { background: $bad_soft; border: 1px solid $bad; border-radius: $card; }
QFrame#noteBar { background: $accent_soft; border: 1px solid $accent; border-radius: $card; }
QFrame#reading { background: $reading; border-radius: $card; }
QFrame#reading QLabel { color: $on_reading; }
QFrame#drawer { background: $background; border: none; border-left: 1px solid $line; }
QFrame#line { background: $line; border: none; max-height: 1px; min-height: 1px; }

QPushButton { background: $surface; border: 1px solid $line; border-radius: $radius;
    padding: 0 $p12; min-height: $hit; }
QPushButton:hover { background: $accent_soft; border-color: $accent; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 0 $p10; }
QPushButton:disabled { color: $muted; background: $background; border-color: $line; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent;
    font-weight: 600; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $line; color: $muted; border-color: $line; }
QPushButton[kind="danger"] { color: $bad; border-color: $bad; }
QPushButton[kind="link"] { background: transparent; border: none; color: $accent_text;
    padding: 0 $p4; text-align: left; }
QPushButton[kind="link"]:focus { border: 2px solid $accent; padding: 0 $p2; }
QPushButton[kind="link"]:disabled { color: $muted; }
QPushButton[kind="row"] { text-align: left; padding: 0 $p12; min-height: $row; }
QPushButton[kind="tall"] { text-align: left; padding: 0 $p12; min-height: $tall; }
QPushButton[kind="segment"] { border-radius: 0; padding: 0 $p12; }
QPushButton[kind="segment"]:checked { background: $accent_soft; color: $accent_text;
    border-color: $accent; }
QPushButton[kind="segment"]:focus { border: 2px solid $accent; padding: 0 $p10; }
QPushButton[close="true"] { padding: 0 $p8; }
QPushButton[close="true"]:focus { padding: 0 $p6; }

QAbstractScrollArea { background: transparent; border: none; }
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox {
    background: $surface; border: 1px solid $line; border-radius: $radius;
    padding: 0 $p8; min-height: $hit; selection-background-color: $accent;
    selection-color: $on_accent; }
QPlainTextEdit, QTextEdit { padding: $p6; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus,
QDoubleSpinBox:focus { border: 2px solid $accent; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QDoubleSpinBox[wrong="true"],
QComboBox[wrong="true"] { border: 2px solid $bad; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled,
QPlainTextEdit:disabled { color: $muted; background: $background; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; padding: $p4; }
QCheckBox { spacing: $p8; min-height: $hit; background: transparent; }
QCheckBox::indicator { width: $p16; height: $p16; border: 1px solid $muted;
    border-radius: $p4; background: $surface; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox:focus { outline: none; }
QCheckBox::indicator:focus { border: 2px solid $accent; }
QCheckBox:disabled { color: $muted; }

QProgressBar { background: $line; border: none; border-radius: 3px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: $p10; margin: 0; }
QScrollBar:horizontal { background: transparent; height: $p10; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 1px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QListView, QTableView, QTreeView { background: transparent; border: 2px solid transparent;
    border-radius: $radius; outline: none; gridline-color: $line; }
QListView:focus, QTableView:focus, QTreeView:focus { border-color: $accent; }
QTableView::item { border: none; border-bottom: 1px solid $line; padding: 0 $p6; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QListView::item:selected { background: $accent_soft; color: $text; }
QTreeView { show-decoration-selected: 0; }
QTreeView::item:selected, QTreeView::branch, QTreeView::branch:selected {
    background: transparent; }
QTreeWidget::item { min-height: $row; border-bottom: 1px solid $line; }
QTreeWidget::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: $muted; font-size: $small_px;
    border: none; border-bottom: 1px solid $line; padding: 0 9px; min-height: $row; }
QTableCornerButton::section { background: transparent; border: none; }
QMenu { background: $surface; border: 1px solid $line; padding: $p4; }
QMenu::item { padding: $p6 $p16; border-radius: $p4; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QSplitter::handle { background: transparent; }
"""
