"""What of a picture is on the screen, kept as it was drawn until something changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from engine.media.tone import Tone
from gui.data.viewing.raster import Raster
from gui.data.viewing.view import View

_PIXELS = 2.0  # px of the screen for one of the picture from which its pixels show as squares


class Screen:
    """Two steps, each kept: the values that are seen at the screen's own size, and their greys."""

    def __init__(self) -> None:
        self._sample: npt.NDArray[Any] | None = None
        self._sampled: object = None  # what the sample was made for
        self._pixmap = QPixmap()
        self._painted: object = None
        self._target = QRect()

    def forget(self) -> None:
        self._sample, self._sampled, self._painted = None, None, None

    def shown(
        self, raster: Raster, view: View, size: QSize, ratio: float, tone: Tone, invert: bool,
        smooth: bool, ground: QColor,
    ) -> QPixmap:  # fmt: skip
        """The whole widget's ground and picture.

        Args:
            size: of the widget; `ratio`: px of the screen for one of it.
            smooth: False while it moves.
        """
        large = view.scale * ratio >= _PIXELS
        # On a fine screen, what moves is drawn at half the effort in each direction.
        coarse = 1.0 if smooth else max(1.0, ratio)
        key = (id(raster), view.scale, view.origin.toTuple(), size.toTuple(), ratio, smooth)
        if self._sampled != key:
            self._sampled, self._painted = key, None
            self._take_sample(raster, view, size, ratio, smooth and not large, coarse)
        look = (id(tone), tone, invert, ground.rgb())
        if self._painted != look:
            self._painted = look
            self._paint(raster, size, ratio, tone, invert, ground)
        return self._pixmap

    def _take_sample(
        self, raster: Raster, view: View, size: QSize, ratio: float, smooth: bool, coarse: float
    ) -> None:
        place = view.place
        whole = QRectF(place.topLeft() * ratio, place.size() * ratio)
        seen = whole.intersected(QRectF(QPointF(), size.toSizeF() * ratio))
        left, top = round(seen.left()), round(seen.top())
        right, bottom = max(round(seen.right()), left + 1), max(round(seen.bottom()), top + 1)
        self._target = QRect(left, top, right - left, bottom - top)
        scale = view.scale * ratio

        def clipped(at: float, begin: float, end: float) -> float:
            return min(max((at - begin) / scale, 0.0), end)

        box = (
            clipped(left, whole.left(), raster.width), clipped(top, whole.top(), raster.height),
            clipped(right, whole.left(), raster.width), clipped(bottom, whole.top(), raster.height),
        )  # fmt: skip
        self._sample = None
        if box[2] > box[0] and box[3] > box[1]:
            wide, high = self._target.width(), self._target.height()
            parts = max(1, round(wide / coarse)), max(1, round(high / coarse))
            self._sample = raster.sample(box, parts, smooth)

    def _paint(
        self, raster: Raster, size: QSize, ratio: float, tone: Tone, invert: bool, ground: QColor
    ) -> None:
        whole = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if self._pixmap.size() != whole:
            self._pixmap = QPixmap(whole)
        self._pixmap.setDevicePixelRatio(1)
        self._pixmap.fill(ground)
        if self._sample is not None:
            shown = np.ascontiguousarray(raster.grey(self._sample, tone, invert))
            painter = QPainter(self._pixmap)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(self._target, _image(shown))
            painter.end()
        self._pixmap.setDevicePixelRatio(ratio)


def _image(shown: npt.NDArray[np.uint8]) -> QImage:
    """Of bytes that live as long as the array."""
    height, width = shown.shape[:2]
    if shown.ndim == 3:
        return QImage(shown.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QImage(shown.data, width, height, width, QImage.Format.Format_Grayscale8)
