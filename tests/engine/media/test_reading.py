"""Pictures in their full depth, and that a reader and a model see the same of them."""

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from engine.errors import DataError
from engine.media.dicom_spacing import Spacing
from engine.media.images import read_image
from engine.media.reading import open_reading, read_frame, seen_by_model
from engine.media.tone import EXACT, SIGMOID, Table, Window
from tests.engine.media.made import dicom


def region(across, down):
    """A part of an ultrasound scan, with the centimetres of a pixel."""
    made = Dataset()
    made.PhysicalUnitsXDirection = made.PhysicalUnitsYDirection = 3
    made.PhysicalDeltaX, made.PhysicalDeltaY = across, down
    return made


RAMP = np.array([[0, 100, 200, 400]], np.uint16)


def greys(path):
    reading, frame = open_reading(path)
    return frame.rendered(reading.tone, reading.inverted)[0].tolist()


def test_the_reader_sees_what_the_model_sees(shared_data):
    """Every file of the corpora that can be read, to the last grey."""
    seen = 0
    for folder in ("dicom", "bad_images"):
        for path in sorted((shared_data(folder) / "files").glob("*")):
            try:
                model = seen_by_model(path).stored
            except DataError:
                with pytest.raises(DataError):
                    open_reading(path)
                continue
            reading, frame = open_reading(path)
            shown = frame.stored if frame.colour else frame.rendered(invert=reading.inverted)
            if shown.ndim == 2:
                shown = np.repeat(shown[..., None], 3, axis=-1)
            assert np.array_equal(shown, model), path.name
            seen += 1
    assert seen > 90


def test_hounsfield_units_with_the_files_windows_and_the_usual_ones(tmp_path):
    path = dicom(
        tmp_path / "ct.dcm", np.array([[24, 1024, 2024, 4024]], np.uint16), bits=12, Modality="CT",
        RescaleSlope="1", RescaleIntercept="-1024", WindowCenter=["40", "-500"],
        WindowWidth=["400", "1400"], WindowCenterWidthExplanation=["ABDOMEN", "CHEST"],
        PixelSpacing=["0.5", "0.25"],
    )  # fmt: skip
    reading, frame = open_reading(path)
    assert reading.unit == "HU" and reading.tone == Window(40, 400)
    assert frame.values.tolist() == [[-1000, 0, 1000, 3000]] and frame.value(3, 0) == 3000
    names = [(one.name, one.own) for one in reading.presets]
    assert names == [("ABDOMEN", True), ("CHEST", True), ("Soft tissue", False), ("Lung", False),
                     ("Bone", False), ("Brain", False), ("Whole range", False)]  # fmt: skip
    assert reading.presets[-1].tone.ends == (-1000, 3000)
    assert reading.spacing == Spacing(0.5, 0.25)


def test_signed_values_are_looked_up_right(tmp_path):
    values = np.array([[-2000, -1, 0, 1, 2000]], np.int16)
    path = dicom(tmp_path / "x.dcm", values, RescaleSlope="0.5", RescaleIntercept="10")
    _, frame = open_reading(path)
    assert frame.values.tolist() == [[-990, 9.5, 10, 10.5, 1010]]
    assert [frame.value(x, 0) for x in range(5)] == frame.values[0].tolist()
    assert frame.rendered(Window.between(-990, 1010)).tolist() == [[0, 127, 128, 128, 255]]


def test_monochrome1_with_a_window(tmp_path):
    path = dicom(tmp_path / "x.dcm", RAMP, PhotometricInterpretation="MONOCHROME1",
                 WindowCenter="200.5", WindowWidth="401")  # fmt: skip
    reading, frame = open_reading(path)
    assert reading.inverted and greys(path) == [255, 191, 128, 0]
    assert frame.rendered(reading.tone, invert=False)[0].tolist() == [0, 64, 127, 255]


def test_a_voi_table_holds_also_after_a_rescale(tmp_path):
    """Radiographs bring both; skipping the table would show another contrast."""
    table = Dataset()
    table.LUTDescriptor = [4, 10, 8]
    table.LUTData = [0, 200, 100, 255]
    table["LUTData"].VR = "US"
    path = dicom(
        tmp_path / "x.dcm", np.array([[0, 1, 2, 3, 9]], np.uint8), VOILUTSequence=Sequence([table]),
        RescaleSlope="1", RescaleIntercept="10", WindowCenter="1", WindowWidth="1",
    )  # fmt: skip
    reading, _ = open_reading(path)
    assert isinstance(reading.tone, Table) and greys(path) == [0, 200, 100, 255, 255]
    assert np.asarray(read_image(path))[0, :, 0].tolist() == greys(path)
    assert reading.presets[0].name == "Table of the file"
    assert reading.tone.window.ends == (10, 13)


def test_a_modality_table(tmp_path):
    table = Dataset()
    table.LUTDescriptor = [3, 1, 16]
    table.LUTData = [1000, 3000, 2000]
    table["LUTData"].VR = "US"
    table.ModalityLUTType = "US"
    path = dicom(tmp_path / "x.dcm", np.array([[0, 1, 2, 3, 9]], np.uint8),
                 ModalityLUTSequence=Sequence([table]))  # fmt: skip
    assert open_reading(path)[1].values.tolist() == [[1000, 1000, 3000, 2000, 2000]]


def test_padding_is_no_part_of_the_range_but_keeps_its_value(tmp_path):
    path = dicom(tmp_path / "x.dcm", np.array([[-2000, 0, 50, 100]], np.int16),
                 PixelPaddingValue=-2000, RescaleSlope="2", RescaleIntercept="0")  # fmt: skip
    reading, frame = open_reading(path)
    assert reading.tone.ends == (0, 200) and frame.value(0, 0) == -4000


def test_a_map_of_fractions_is_not_cut_into_black_and_white(shared_data):
    reading, frame = open_reading(shared_data("dicom") / "files" / "parametric_map_float.dcm")
    assert reading.tone == Window(0.5, 1, EXACT)
    assert len(np.unique(frame.rendered())) > 20


def test_frames_have_their_own_settings(tmp_path):
    groups = []
    for centre in (100, 300):
        window, group = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = str(centre), "201"
        group.FrameVOILUTSequence = Sequence([window])
        groups.append(group)
    values = np.stack([RAMP, RAMP + 1])
    path = dicom(tmp_path / "x.dcm", values, frames=2,
                 PerFrameFunctionalGroupsSequence=Sequence(groups))  # fmt: skip
    first, second = read_frame(path, 0), read_frame(path, 1)
    assert (first.tone, second.tone) == (Window(100, 201), Window(300, 201))
    assert first.given and second.stored.tolist() == [[1, 101, 201, 401]]
    with pytest.raises(DataError, match="no such frame"):
        read_frame(path, 2)


def test_a_long_file_is_not_held_whole(tmp_path):
    import tracemalloc

    values = np.zeros((200, 128, 128), np.uint16)
    values[150] = 7
    path = dicom(tmp_path / "x.dcm", values, frames=200)
    read_frame(path, 0)
    tracemalloc.start()
    assert read_frame(path, 150).stored.min() == 7
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < values.nbytes / 2


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"Modality": "CT", "PixelSpacing": ["1", "2"]}, Spacing(1, 2)),
        ({"Modality": "DX", "ImagerPixelSpacing": ["0.1", "0.1"]},
         Spacing(0.1, 0.1, "at the detector")),
        ({"Modality": "DX", "PixelSpacing": ["0.1", "0.1"], "ImagerPixelSpacing": ["0.1", "0.1"]},
         Spacing(0.1, 0.1, "at the detector")),
        ({"Modality": "DX", "PixelSpacing": ["0.08", "0.08"],
          "ImagerPixelSpacing": ["0.1", "0.1"]}, Spacing(0.08, 0.08)),
        ({"Modality": "DX", "PixelSpacing": ["0.1", "0.1"],
          "PixelSpacingCalibrationType": "FIDUCIAL"}, Spacing(0.1, 0.1, "calibrated (fiducial)")),
        ({"NominalScannedPixelSpacing": ["0.2", "0.2"]}, Spacing(0.2, 0.2, "on the scanned film")),
        ({"PixelSpacing": ["0", "0"]}, None),
        ({"SequenceOfUltrasoundRegions": Sequence([region(0.02, -0.01)])},
         Spacing(0.1, 0.2, "in the scan's region")),
        ({"SequenceOfUltrasoundRegions": Sequence([region(0.1, 0.1), region(0.2, 0.2)])}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_how_large_a_pixel_is(tmp_path, tags, expected):
    assert open_reading(dicom(tmp_path / "x.dcm", RAMP, **tags))[0].spacing == expected


def test_pictures_of_sixteen_bits_and_their_frames(tmp_path):
    planes = [Image.fromarray(RAMP + number) for number in range(3)]
    planes[0].save(tmp_path / "x.png")
    planes[0].save(tmp_path / "x.tif", save_all=True, append_images=planes[1:])
    for name, frames in (("x.png", 1), ("x.tif", 3)):
        reading, frame = open_reading(tmp_path / name)
        assert (reading.frames, reading.colour, frame.value(3, 0)) == (frames, False, 400)
        assert greys(tmp_path / name) == [0, 64, 127, 255]
    assert read_frame(tmp_path / "x.tif", 2).stored.tolist() == [[2, 102, 202, 402]]


def test_a_tiff_in_which_white_is_zero(tmp_path):
    """As radiographs are scanned; without a look at the tag they would be trained as negatives."""
    Image.fromarray(RAMP).save(tmp_path / "x.tif", tiffinfo={262: 0})
    reading, frame = open_reading(tmp_path / "x.tif")
    assert reading.inverted and frame.value(3, 0) == 400
    assert greys(tmp_path / "x.tif") == [255, 191, 128, 0]
    assert np.asarray(read_image(tmp_path / "x.tif"))[0, :, 0].tolist() == [255, 191, 128, 0]


def test_plain_pictures_keep_their_colours_and_greys(tmp_path):
    colour = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    Image.fromarray(colour).save(tmp_path / "c.png")
    reading, frame = open_reading(tmp_path / "c.png")
    assert reading.colour and frame.value(1, 0) == (3, 4, 5) and not reading.presets
    Image.fromarray(np.array([[3, 200]], np.uint8)).save(tmp_path / "g.png")
    reading, frame = open_reading(tmp_path / "g.png")
    assert not reading.colour and frame.value(1, 0) == 200 and greys(tmp_path / "g.png") == [3, 200]


def test_a_turned_photo_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (8, 3)).save(tmp_path / "x.jpg", exif=exif)
    reading, _ = open_reading(tmp_path / "x.jpg")
    assert (reading.width, reading.height) == (3, 8)


@given(st.floats(-2000, 2000), st.floats(1, 4000), st.sampled_from([EXACT, SIGMOID, "LINEAR"]))
def test_a_window_never_turns_the_order_of_values_round(centre, width, function):
    shown = Window(centre, width, function).grey(np.arange(-3000, 3000, 7).reshape(1, -1))[0]
    assert (np.diff(shown.astype(int)) >= 0).all()


@given(st.integers(-5000, 5000), st.integers(0, 5000))
def test_the_ends_of_a_range_are_black_and_white(low, more):
    window = Window.between(low, low + more)
    assert window.ends == (low, low + more)
    shown = window.grey(np.array([[low, low + more]]))[0].tolist()
    assert shown == ([0, 255] if more else [0, 0])


def test_a_dataset_is_not_changed_by_looking_at_its_frames(tmp_path):
    from engine.media.dicom_grey import with_settings

    data = pydicom.dcmread(dicom(tmp_path / "x.dcm", RAMP))
    settled = with_settings(data, 0)
    settled.WindowCenter = "3"
    assert "WindowCenter" not in data


def test_each_frame_has_its_own_spacing_and_polarity(tmp_path):
    frames = np.arange(2 * 6, dtype=np.uint16).reshape(2, 2, 3)
    groups = []
    for size in (0.5, 2.0):
        measures, group = Dataset(), Dataset()
        measures.PixelSpacing = [size, size]
        group.PixelMeasuresSequence = Sequence([measures])
        groups.append(group)
    path = dicom(tmp_path / "x.dcm", frames, frames=2, PhotometricInterpretation="MONOCHROME1",
                 PerFrameFunctionalGroupsSequence=Sequence(groups))  # fmt: skip
    reading, _ = open_reading(path)
    assert reading.spacing == Spacing(0.5, 0.5) and reading.inverted
    later = reading.at(read_frame(path, 1))
    assert later.spacing == Spacing(2, 2) and later.inverted
    with TiffImagePlugin.AppendingTiffWriter(str(tmp_path / "x.tif"), True) as out:
        Image.fromarray(frames[0]).save(out, "TIFF", tiffinfo={262: 0})
        out.newFrame()
        Image.new("RGB", (3, 2), "red").save(out, "TIFF")
        out.newFrame()
    reading, _ = open_reading(tmp_path / "x.tif")
    assert reading.inverted and not reading.at(read_frame(tmp_path / "x.tif", 1)).inverted
