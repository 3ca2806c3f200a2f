"""Every depth, sign and byte order shows the values that are in the file, and the same way up."""

import numpy as np
import pytest
from PIL import Image

from engine.errors import DataError
from engine.export.standalone import predict_image
from engine.media.channels import read_planes
from engine.media.images import inspect, read_image
from engine.media.reading import open_reading
from tests.engine.media import made

DOWN, ACROSS = np.mgrid[0:20, 0:31]
SHAPE = (np.sin(ACROSS / 9) + np.cos(DOWN / 7) + 2) / 4
RANGES = {
    "u1": (0, 255), "i1": (-100, 100), "u2": (100, 4000), "i2": (-1000, 3000),
    "u4": (5, 3_000_000_000), "i4": (-100_000, 200_000), "f4": (-1.5, 2.5), "f8": (-1.5, 2.5),
}  # fmt: skip
COLOURS = np.stack([ACROSS * 7, DOWN * 12, ACROSS + DOWN], -1).astype(np.uint16)


def stretched(values):
    values = values.astype(float)
    return (values - values.min()) / (values.max() - values.min()) * 255


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("white", [False, True])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", RANGES)
def test_a_tiff_of_any_numbers(tmp_path, kind, order, white, deflate):
    low, high = RANGES[kind]
    values = (SHAPE * (high - low) + low).astype(kind)
    values.flat[:2] = low, high
    path = made.tiff(tmp_path / "x.tif", values, order=order, white=white, deflate=deflate)
    expected = 255 - stretched(values) if white else stretched(values)
    shown = np.asarray(read_image(path))
    assert np.abs(shown[..., 0] - expected).max() <= 1
    reading, frame = open_reading(path)
    assert np.abs(frame.rendered(invert=reading.inverted) - shown[..., 0].astype(int)).max() <= 1
    alone_agrees(path, shown)


def alone_agrees(path, shown, *, must=False):
    """The exported program says the same, or in words that it does not read this kind."""
    try:
        assert np.array_equal(predict_image.read_picture(path), shown)
    except ValueError:
        assert not must


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("form", ["png", "png with alpha", "<", ">", "< in planes", "> in planes",
                                  "< deflated", "> deflated"])  # fmt: skip
def test_colour_of_sixteen_bits_keeps_the_upper_of_those_in_use(tmp_path, form, bits):
    values = COLOURS << (bits - 8)
    if form.startswith("png"):
        if "alpha" in form:
            values = np.dstack([values, np.full(values.shape[:2], 65535, np.uint16)])
        path = made.png(tmp_path / "x.png", values)
    else:
        path = made.tiff(tmp_path / "x.tif", values, order=form[0], planes="planes" in form,
                         deflate="deflated" in form)  # fmt: skip
    shown = np.asarray(read_image(path))
    assert np.array_equal(shown, COLOURS)
    assert np.array_equal(open_reading(path)[1].stored, shown)
    alone_agrees(path, shown, must="planes" not in form)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_a_grey_of_sixteen_bits_that_is_stored_as_colour(tmp_path, channels):
    """As programs write radiographs of 12 bits, which would be nearly black."""
    grey = (SHAPE * 4000).astype(np.uint16)
    bands = [grey] * (channels if channels == 3 else channels - 1)
    if channels != 3:
        bands.append(np.full_like(grey, 65535))
    path = made.png(tmp_path / "x.png", np.stack(bands, -1))
    assert np.abs(np.asarray(read_image(path))[..., 0] - stretched(grey)).max() <= 1
    frame = open_reading(path)[1]
    assert np.array_equal(frame.stored, grey)
    alone_agrees(path, np.asarray(read_image(path)), must=True)


def test_what_is_clear_of_sixteen_bits_lies_on_white(tmp_path):
    values = np.zeros((1, 2, 4), np.uint16)
    values[0] = (1000, 2000, 4000, 65535), (1000, 2000, 4000, 0)
    path = made.png(tmp_path / "x.png", values)
    assert np.asarray(read_image(path)).tolist() == [[[62, 125, 250], [255, 255, 255]]]
    alone_agrees(path, np.asarray(read_image(path)), must=True)


def test_channels_of_sixteen_bits(tmp_path):
    values = np.dstack([COLOURS, DOWN * 12]).astype(np.uint16) << 4
    path = made.png(tmp_path / "x.png", values)
    planes = np.stack([np.asarray(plane) for plane in read_planes(path, 4)], -1)
    assert np.array_equal(planes, values >> 4)
    assert np.array_equal(predict_image.read_picture(path, 4), planes)


@pytest.mark.parametrize("turned", range(1, 9))
def test_the_exported_program_turns_a_deep_tiff(tmp_path, turned):
    values = (SHAPE * 4000).astype(np.uint16)
    path = made.tiff(tmp_path / "x.tif", values, turned=turned)
    facts, shown = inspect(path), np.asarray(read_image(path))
    assert shown.shape == (facts.height, facts.width, 3)
    assert (facts.height > facts.width) == (turned > 4)
    alone_agrees(path, shown, must=True)


def test_a_dicom_file_in_a_tiff_coat_is_no_tiff_for_the_exported_program(tmp_path):
    grey = (SHAPE * 255).astype(np.uint8)
    path = made.dicom(tmp_path / "x.dcm", grey)
    content = path.read_bytes()
    path.write_bytes(b"II*\0".ljust(128, b"\0") + content[128:])
    assert np.asarray(read_image(path)).std() > 0
    with pytest.raises(ValueError, match="DICOM"):
        predict_image.read_picture(path)


def test_kinds_that_are_not_read_are_named(tmp_path):
    path = made.tiff(tmp_path / "x.tif", np.zeros((4, 4), np.uint64))
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert "TIFF" in caught.value.cause
    Image.new("L", (9, 9)).save(tmp_path / "x.jpg")
    content = (tmp_path / "x.jpg").read_bytes()
    place = content.index(b"\xff\xc0")
    (tmp_path / "x.jpg").write_bytes(content[: place + 4] + b"\x0c" + content[place + 5 :])
    with pytest.raises(DataError) as caught:
        read_image(tmp_path / "x.jpg")
    assert "12 bits" in caught.value.cause
