"""The confusion matrix as a picture for a report or the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

LONGEST_NAME = 28  # characters; longer ones lose their middle
_DPI = 144
_SURFACE, _TEXT, _MUTED, _LINE = "#FFFFFF", "#1A1F26", "#5E6875", "#E2E6EB"
_SHADES = ("#FFFFFF", "#C9DEFB", "#6AA5FF", "#1F6FEB", "#0E3F8F")


def confusion_picture(confusion: Any, classes: list[str], path: Path, title: str) -> Path:
    """Draws a confusion matrix: a row for each true class, a column for each called one.

    A cell's shade is its share of the row, so that rare classes show too; the
    number is the count of items. Legible for 2 to about 100 classes.

    Args:
        confusion: int[classes, classes].
        path: where the PNG goes; its folder is made.

    Raises:
        OSError: the file cannot be written.
        ValueError: the names do not fit the table.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    table = np.asarray(confusion, dtype=np.int64)
    count = len(classes)
    if table.shape != (count, count):
        raise ValueError(f"{count} names for a table of {table.shape}")
    cell, letters = _sizes(count)
    names = [shorten(name) for name in classes]
    margin = 0.075 * letters / 8 * max(map(len, names)) + 0.6  # inches that the names need
    side = cell * count
    width, height = max(margin + side + 0.3, 4.2), side + margin + 0.9

    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor=_SURFACE)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((margin / width, margin / height, side / width, side / height))
    rows = table.sum(1, keepdims=True)
    shares = np.divide(table, rows, out=np.zeros(table.shape), where=rows > 0)
    shades = LinearSegmentedColormap.from_list("graft", _SHADES)
    axes.imshow(shares, cmap=shades, vmin=0, vmax=1, interpolation="nearest")
    _grid(axes, count)
    _names(axes, names, letters)
    _numbers(axes, table, shares, cell, letters)
    figure.text(
        0.14 / width, 1 - 0.36 / height, _plain(title), fontsize=11, weight="bold", color=_TEXT
    )
    right, items = int(np.trace(table)), int(table.sum())
    figure.text(
        0.14 / width, 1 - 0.62 / height, f"{right} of {items} right. Each row adds up to a class.",
        fontsize=8, color=_MUTED,
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=_DPI)
    return path


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """Takes the middle out of a long name; its two ends tell names apart best."""
    if len(name) <= longest:
        return name
    ahead = longest // 2
    return f"{name[:ahead]}…{name[-(longest - 1 - ahead) :]}"


def _sizes(count: int) -> tuple[float, float]:
    """Inches of a cell's side and points of its letters."""
    if count <= 4:
        return 0.85, 10
    if count <= 12:
        return 0.52, 9
    if count <= 30:
        return 0.34, 8
    return 0.2, 6


def _grid(axes: Any, count: int) -> None:
    axes.set_xticks(np.arange(-0.5, count), minor=True)
    axes.set_yticks(np.arange(-0.5, count), minor=True)
    axes.grid(which="minor", color=_LINE, linewidth=0.6)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_color(_LINE)


def _names(axes: Any, names: list[str], letters: float) -> None:
    places = range(len(names))
    plain = [_plain(name) for name in names]
    axes.set_xticks(places, plain, rotation=90, fontsize=letters, color=_TEXT)
    axes.set_yticks(places, plain, fontsize=letters, color=_TEXT)
    axes.set_xlabel("called", fontsize=9, color=_MUTED)
    axes.set_ylabel("true", fontsize=9, color=_MUTED)


def _numbers(axes: Any, table: Any, shares: Any, cell: float, letters: float) -> None:
    longest = len(str(int(table.max(initial=0))))
    fits = cell * 72 * 0.9 / (0.6 * max(longest, 1))  # points
    size = min(letters, fits)
    for row, column in zip(*np.nonzero(table), strict=True):
        ink = _SURFACE if shares[row, column] > 0.55 else _TEXT
        axes.text(
            column, row, str(table[row, column]),
            ha="center", va="center", fontsize=size, color=ink,
        )  # fmt: skip


def _plain(text: str) -> str:
    """People's text: a '$' in it must not start a formula."""
    return text.replace("$", r"\$")
