"""Every coding gives exactly the values that went in, whatever their depth and sign."""

import base64
import io

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2K as HTJ2KAny
from pydicom.uid import (
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from engine.media.dicom_frames import stored
from engine.media.images import read_image
from engine.media.reading import open_reading, read_frame
from tests.engine.media.made import dicom, transcoded

DEPTHS = [("u1", 8), ("u1", 6), ("i1", 7), ("u2", 10), ("u2", 12), ("i2", 12), ("i2", 16),
          ("u2", 16)]  # fmt: skip


def noise(dtype, bits, shape=(40, 37)):
    signed = dtype.startswith("i")
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    values = np.random.default_rng(bits).integers(low, high, shape).astype(dtype)
    values.reshape(-1)[:2] = low, high - 1
    return values


@pytest.mark.parametrize(("dtype", "bits"), DEPTHS)
@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_what_pydicom_encodes(tmp_path, syntax, dtype, bits):
    values = noise(dtype, bits)
    data = pydicom.dcmread(dicom(tmp_path / "x.dcm", values, bits=bits))
    plugin = "pydicom" if syntax == RLELossless else ""
    data.compress(syntax, encoding_plugin=plugin, generate_instance_uid=False)
    data.save_as(tmp_path / "x.dcm")
    assert np.array_equal(read_frame(tmp_path / "x.dcm", 0).stored, values)


@pytest.mark.parametrize("syntax", ["JPEGLosslessProcess14", "JPEGLosslessProcess14_1"])
@pytest.mark.parametrize(("dtype", "bits"), [one for one in DEPTHS if one[1] not in (6, 7)])
def test_lossless_jpeg(tmp_path, syntax, dtype, bits):
    values = noise(dtype, bits)
    path = transcoded(dicom(tmp_path / "x.dcm", values, bits=bits), syntax)
    assert np.array_equal(read_frame(path, 0).stored, values)


def test_lossless_jpeg_that_stores_fewer_bits_than_it_has(tmp_path):
    """GDCM's decoder ends the process where it is told so."""
    values = noise("u1", 6)
    path = transcoded(dicom(tmp_path / "x.dcm", values), "JPEGLosslessProcess14_1")
    data = pydicom.dcmread(path)
    data.BitsStored, data.HighBit = 6, 5
    assert np.array_equal(stored(data, 0), values)


def test_jpeg_of_twelve_bits(tmp_path):
    down, across = np.mgrid[0:64, 0:64]
    values = (down * 20 + across * 40).astype(np.uint16)
    dicom(tmp_path / "x.dcm", values, bits=12)
    path = transcoded(tmp_path / "x.dcm", "JPEGExtendedProcess2_4")
    assert np.abs(read_frame(path, 0).stored.astype(int) - values).max() <= 8


@pytest.mark.parametrize("said", ["YBR_FULL_422", "RGB"])
def test_baseline_jpeg_in_colour(tmp_path, said):
    """What the JPEG itself says of its colours counts, also where the file says otherwise."""
    down, across = np.mgrid[0:32, 0:32]
    colours = np.stack([down * 7, across * 7, down + across], -1).astype(np.uint8)
    coded = io.BytesIO()
    Image.fromarray(colours).save(coded, "JPEG", quality=95, subsampling=0)
    dicom(tmp_path / "x.dcm", colours, PhotometricInterpretation=said)
    data = pydicom.dcmread(tmp_path / "x.dcm")
    data.PixelData = encapsulate([coded.getvalue()])
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    data.save_as(tmp_path / "x.dcm")
    assert np.abs(np.asarray(read_image(tmp_path / "x.dcm")).astype(int) - colours).max() <= 6


def test_a_jpeg_that_halves_its_colours_holds_no_red_and_blue_whatever_the_file_says(tmp_path):
    down, across = np.mgrid[0:64, 0:64]
    colours = np.stack([across * 3, down * 3, across + down], -1).astype(np.uint8)
    path = transcoded(dicom(tmp_path / "x.dcm", colours), "JPEGBaselineProcess1")
    assert pydicom.dcmread(path).PhotometricInterpretation == "RGB"
    assert np.abs(np.asarray(read_image(path)).astype(int) - colours).max() <= 12


def test_nearly_lossless_jpeg_ls(tmp_path):
    values = noise("u2", 12)
    data = pydicom.dcmread(dicom(tmp_path / "x.dcm", values, bits=12))
    data.compress(JPEGLSNearLossless, jls_error=3, generate_instance_uid=False)
    assert np.abs(stored(data, 0).astype(int) - values).max() <= 3


# Of 5 x 6 numbers 0, 137, 274, ... (of 8 bits: 0, 8, 16, ...) and of 4 x 4 colours, by OpenJPH.
HTJ2K = {
    "u2": "/0//UQApQAAAAAAGAAAABQAAAAAAAAAAAAAABgAAAAUAAAAAAAAAAAABDwEB/1AACAACAAAACf9SAAwAAgABAAEE"
    "BEAB/1wAByCIiIiI/5AACgAAAAAAOgAB/5PAAC2g/38n89v9A/G5/ab7yXyFPBz+KEvNCAD5uADAACqAECEg/oGP4Yt2"
    "AP/Z",
    "i2": "/0//UQApQAAAAAAGAAAABQAAAAAAAAAAAAAABgAAAAUAAAAAAAAAAAABjwEB/1AACAACAAAACf9SAAwAAgABAAEE"
    "BEAB/1wAByCIiIiI/5AACgAAAAAANgAB/5PAAC1g/z+y7Q5kbmJxTenp+ADBC8yEAXi5AMAAKoAQISD+gY/hi3YA/9k=",
    "u1": "/0//UQApQAAAAAAGAAAABQAAAAAAAAAAAAAABgAAAAUAAAAAAAAAAAABBwEB/1AACAACAAAAAf9SAAwAAgABAAEE"
    "BEAB/1wAByBISEhI/5AACgAAAAAAKwAB/5PALRD/X+9nJ/DzCABBC8wAAXi5AMAmAG6E/kt1AP/Z",
    "colour": "/0//UQAvQAAAAAAEAAAABAAAAAAAAAAAAAAABAAAAAQAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAAv9S"
    "AAwAAgABAQEEBEAB/1wAByBQUFBQ/5AACgAAAAAAOwAB/5PAFQB1S0z7AIC0AMASgEDEIbMAwBKAycwhswDAEsATAMwA"
    "wnQAdvsAI1QAAAD/2Q==",
}


@pytest.mark.parametrize("frames", [None, 2])
@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2KAny])
@pytest.mark.parametrize("kind", HTJ2K)
def test_high_throughput_jpeg_2000(tmp_path, kind, syntax, frames):
    values = {
        "u2": np.arange(0, 4096, 137, np.uint16).reshape(5, 6),
        "i2": np.arange(-2048, 2048, 137).astype(np.int16).reshape(5, 6),
        "u1": np.arange(0, 240, 8, np.uint8).reshape(5, 6),
        "colour": np.arange(0, 240, 5, np.uint8).reshape(4, 4, 3),
    }[kind]
    whole = np.stack([values] * frames) if frames else values
    bits = None if values.itemsize == 1 else 12
    data = pydicom.dcmread(dicom(tmp_path / "x.dcm", whole, bits=bits, frames=frames))
    data.PixelData = encapsulate([base64.b64decode(HTJ2K[kind])] * (frames or 1))
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = syntax
    data.save_as(tmp_path / "x.dcm")
    assert np.array_equal(read_frame(tmp_path / "x.dcm", (frames or 1) - 1).stored, values)


def test_a_real_file_of_high_throughput_jpeg_2000(shared_data):
    values = np.asarray(read_image(shared_data("dicom") / "files" / "HTJ2K_08_RGB.dcm"))
    assert values.shape == (480, 640, 3) and values.std() > 20


@settings(max_examples=60)
@given(
    st.sampled_from(["u2", "i2"]), st.integers(2, 16), st.data()
)  # fmt: skip
def test_values_in_the_middle_of_their_words(dtype, bits, data):
    """Wherever the high bit is, and whatever overlay lies in the bits beside the values."""
    shift = data.draw(st.integers(0, 16 - bits))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    values = noise(dtype, bits, (5, 4))
    words = (values.view("u2").astype(np.uint32) & ((1 << bits) - 1)) << shift
    beside = rng.integers(0, 1 << 16, words.shape) & ~(((1 << bits) - 1) << shift)
    made = pydicom.dcmread(
        dicom_bytes((words | beside).astype(np.uint16).view(dtype), bits, shift + bits - 1)
    )
    assert np.array_equal(stored(made, 0), values)


def dicom_bytes(values, bits, high):
    out = io.BytesIO()
    dicom(out, values, bits=bits, HighBit=high)
    out.seek(0)
    return out


def test_the_shared_files_agree_with_their_uncompressed_twins(shared_data):
    folder = shared_data("dicom") / "files"
    twins = [("liver_rle.dcm", "liver.dcm", 3), ("emri_small_RLE.dcm", "emri_small.dcm", 10),
             ("emri_small_jpeg_ls_lossless.dcm", "emri_small.dcm", 10),
             ("emri_small_jpeg_2k_lossless_too_short.dcm", "emri_small.dcm", 10),
             ("OBXXXX1A_rle_2frame.dcm", "OBXXXX1A_2frame.dcm", 2)]  # fmt: skip
    for one, other, frames in twins:
        for index in range(frames):
            pair = read_frame(folder / one, index), read_frame(folder / other, index)
            assert np.array_equal(pair[0].stored, pair[1].stored), (one, index)


def test_every_shared_file_is_read(shared_data):
    for path in sorted((shared_data("dicom") / "files").glob("*.dcm")):
        reading, frame = open_reading(path)
        assert frame.stored.shape[:2] == (reading.height, reading.width)
        assert frame.rendered().std() > 0, path.name
