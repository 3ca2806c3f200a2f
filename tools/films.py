"""Drawn radiographs for the pictures of the guide: shafts of bone, some of them broken.

They are DICOM files of 12 bits with spacing, so that the reading room has all there is to show.
Nobody's bones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

HIGH, WIDE = 512, 400  # px
BONES = 4
DIGITAL_RADIOGRAPH = "1.2.840.10008.5.1.4.1.1.1.1"
Values = NDArray[np.float64]


def write_films(folder: Path, count: int, seed: int = 0) -> list[tuple[Path, bool]]:
    """`count` files, each with whether a bone is broken in it (every third is)."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    found = []
    for number in range(count):
        broken = number % 3 == 0
        path = folder / f"film-{number:03}.dcm"
        _save(path, _film(broken, draw), patient=number // 2)
        found.append((path, broken))
    return found


def _film(broken: bool, draw: np.random.Generator) -> Values:
    """Values of 0 to 4095."""
    y, x = np.mgrid[0:HIGH, 0:WIDE].astype(float)
    soft = 700 * np.exp(-(((x - WIDE / 2) / (WIDE * 0.42)) ** 4))
    values = soft + 120 * np.sin(y / HIGH * np.pi)
    fracture = int(draw.integers(BONES)) if broken else -1
    for bone in range(BONES):
        middle = WIDE * (0.2 + 0.2 * bone) + draw.normal(0, 5)
        bend = draw.normal(0, 10)
        centre = middle + bend * np.sin(y / HIGH * np.pi) + draw.normal(0, 0.01) * (y - HIGH / 2)
        radius = draw.uniform(17, 22) * (1 + 0.35 * ((y - HIGH / 2) / (HIGH / 2)) ** 2)
        across = (x - centre) / radius
        inside = np.clip(1 - across**2, 0, None)
        shell = np.exp(-(((np.abs(across) - 0.82) / 0.16) ** 2))
        values = values + 950 * np.sqrt(inside) + 900 * shell * (np.abs(across) < 1.05)
        if bone == fracture:
            values = _break(values, x, y, centre, radius, draw)
    grain = draw.normal(0, 55, values.shape)
    return np.clip(values + grain + 150, 0, 4095)


def _break(
    values: Values, x: Values, y: Values, centre: Values, radius: Values, draw: np.random.Generator
) -> Values:
    at, tilt = draw.uniform(0.35, 0.65) * HIGH, draw.uniform(-0.5, 0.5)
    line = np.abs(y - at - tilt * (x - centre)) / draw.uniform(8, 14)
    dark = np.exp(-(line**2)) * (np.abs(x - centre) < radius * 1.05)
    return np.asarray(values - 1500 * dark)


def _save(path: Path, values: Values, patient: int) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DIGITAL_RADIOGRAPH
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[path.name])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = DIGITAL_RADIOGRAPH, meta.MediaStorageSOPInstanceUID
    data.PatientID, data.Modality = f"drawn-{patient}", "DX"
    data.Rows, data.Columns = values.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.PixelSpacing = [0.14, 0.14]
    data.WindowCenter, data.WindowWidth = 1500, 3000
    data.PixelData = np.ascontiguousarray(values, "<u2").tobytes()
    data.save_as(path, enforce_file_format=True)
