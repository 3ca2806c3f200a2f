"""Files that tests read: DICOM of every coding, and pictures that are traps."""

from __future__ import annotations

import io
import struct
import time
import zlib
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


def tiff(path: Path, values: np.ndarray, *, order: str = "<", white: bool = False,
         deflate: bool = False, planes: bool = False, turned: int = 1) -> Path:  # fmt: skip
    """Writes (height, width), or (height, width, 3) as RGB, of any number type.

    Args:
        order: of the bytes, '<' or '>'.
        white: is zero.
        planes: the colours lie one after the other.
        turned: EXIF's orientation.
    """
    height, width, bands = (*values.shape, 1)[:3]
    kind = values.dtype
    parts = values.reshape(height, width, bands)
    layers = [parts[..., band] for band in range(bands)] if planes else [parts]
    strips = [layer.astype(kind.newbyteorder(order)).tobytes() for layer in layers]
    if deflate:
        strips = [zlib.compress(strip) for strip in strips]
    sign = {"u": 1, "i": 2, "f": 3}[kind.kind]
    sizes = [len(strip) for strip in strips]
    begins = [8 + sum(sizes[:place]) for place in range(len(sizes))]
    tags = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [8 * kind.itemsize] * bands),
        259: (3, [8 if deflate else 1]), 262: (3, [2 if bands == 3 else 0 if white else 1]),
        273: (4, begins), 274: (3, [turned]), 277: (3, [bands]), 278: (4, [height]),
        279: (4, sizes), 284: (3, [2 if planes else 1]), 339: (3, [sign] * bands),
    }  # fmt: skip
    directory = 8 + sum(sizes)
    beyond, far = directory + 6 + 12 * len(tags), b""
    entries = struct.pack(f"{order}H", len(tags))
    for tag, (form, numbers) in tags.items():
        packed = struct.pack(f"{order}{len(numbers)}{'HI'[form == 4]}", *numbers)
        if len(packed) > 4:
            far, packed = far + packed, struct.pack(f"{order}I", beyond + len(far))
        entries += struct.pack(f"{order}HHI", tag, form, len(numbers)) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", directory)
    path.write_bytes(head + b"".join(strips) + entries + b"\0" * 4 + far)
    return path


def png(path: Path, values: np.ndarray) -> Path:
    """Writes (height, width, channels) of 16 bits: grey, grey and alpha, RGB, RGB and alpha."""
    height, width, channels = values.shape

    def chunk(name: bytes, content: bytes) -> bytes:
        checked = name + content
        size, check = len(content), zlib.crc32(checked)
        return struct.pack(">I", size) + checked + struct.pack(">I", check)

    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )  # fmt: skip
    return path
