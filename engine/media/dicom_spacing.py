"""How large a pixel of a DICOM file is, and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

# Rays that spread show a thing larger at the detector than it is in the patient.
_PROJECTIONS = ("CR", "DX", "MG", "RF", "XA", "PX", "IO", "RG")

_CENTIMETRES = 3  # DICOM's number for that unit


@dataclass(frozen=True)
class Spacing:
    """mm from one pixel to the next. `note`: what the figure means, '' where it is a true size."""

    down: float
    across: float
    note: str = ""


def spacing(data: Dataset) -> Spacing | None:
    """Of a dataset with the frame's settings at its top; None where it does not say.

    PS3.3 10.7: a pixel spacing of a projection is a true size only where it was calibrated.
    """
    own, detector = _pair(data.get("PixelSpacing")), _pair(data.get("ImagerPixelSpacing"))
    if own is not None:
        calibrated = str(data.get("PixelSpacingCalibrationType") or "").strip().lower()
        if calibrated:
            return Spacing(*own, f"calibrated ({calibrated})")
        projected = str(data.get("Modality", "")) in _PROJECTIONS
        if projected and detector in (None, own):
            return Spacing(*own, "at the detector")
        return Spacing(*own)
    if detector is not None:
        return Spacing(*detector, "at the detector")
    scanned = _pair(data.get("NominalScannedPixelSpacing"))
    if scanned is not None:
        return Spacing(*scanned, "on the scanned film")
    return _ultrasound(data)


def _ultrasound(data: Dataset) -> Spacing | None:
    """Of a scan with one region that is measured in centimetres both ways."""
    spatial = [
        one for one in data.get("SequenceOfUltrasoundRegions") or []
        if one.get("PhysicalUnitsXDirection") == one.get("PhysicalUnitsYDirection") == _CENTIMETRES
    ]  # fmt: skip
    if len(spatial) != 1:
        return None
    steps = spatial[0].get("PhysicalDeltaY", 0), spatial[0].get("PhysicalDeltaX", 0)
    found = _pair([10 * abs(float(one)) for one in steps])
    return Spacing(*found, "in the scan's region") if found is not None else None


def _pair(value: Any) -> tuple[float, float] | None:
    try:
        down, across = (float(one) for one in value)
    except (TypeError, ValueError):
        return None
    return (down, across) if 0 < down < 1000 and 0 < across < 1000 else None
