"""Files that tests read: DICOM of every coding, and pictures that are traps."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage


def dicom(path: Path, values: np.ndarray, *, bits: int | None = None, **tags: Any) -> Path:
    """Writes (height, width), (height, width, 3) or frames of them, with `frames=` their number."""
    frames = tags.pop("frames", None)
    shape = values.shape[1:] if frames else values.shape
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.SOPClassUID, data.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    data.Rows, data.Columns = shape[:2]
    data.SamplesPerPixel = len(shape) if len(shape) == 3 else 1
    data.PhotometricInterpretation = "RGB" if len(shape) == 3 else "MONOCHROME2"
    if len(shape) == 3:
        data.PlanarConfiguration = 0
    if frames:
        data.NumberOfFrames = frames
    data.BitsAllocated = values.dtype.itemsize * 8
    data.BitsStored = bits or data.BitsAllocated
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(values.dtype.kind == "i")
    for tag, value in tags.items():
        setattr(data, tag, value)
    data.PixelData = values.tobytes()
    data["PixelData"].VR = "OB" if data.BitsAllocated == 8 else "OW"
    data.save_as(path, enforce_file_format=True)
    return path


def transcoded(path: Path, syntax: str) -> Path:
    """The same file in another of GDCM's transfer syntaxes, by GDCM's name for it."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, syntax)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return path


def killer(path: Path) -> Path:
    """A file at which GDCM ends the process: lossless JPEG of 8 bits that claims to be of 32."""
    import pydicom

    dicom(path, np.arange(0, 250, dtype=np.uint8).reshape(10, 25))
    data = pydicom.dcmread(transcoded(path, "JPEGLosslessProcess14_1"))
    data.BitsAllocated, data.BitsStored, data.HighBit = 32, 32, 31
    data.save_as(path)
    return path


def endless(path: Path, side: int = 4000, scans: int = 20_000) -> Path:
    """A small progressive JPEG that goes over its picture very often: minutes of work."""
    whole = io.BytesIO()
    Image.new("L", (side, side), 128).save(whole, "JPEG", progressive=True)
    content = whole.getvalue()
    last = content.rindex(b"\xff\xda")
    path.write_bytes(content[:-2] + content[last:-2] * scans + content[-2:])
    return path


def glutton(path: Path, side: int = 9000) -> Path:
    """A small TIFF that unpacks to hundreds of megabytes, within the limit on pixels."""
    Image.new("L", (side, side)).save(path, compression="tiff_deflate")
    return path


def hold(count: int) -> None:
    """Fills so many bytes and keeps them for a while."""
    held = np.ones(count, np.uint8)
    time.sleep(3)
    del held
