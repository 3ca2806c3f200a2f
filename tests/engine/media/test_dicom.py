"""DICOM as a viewer shows it, against figures worked out by hand from the standard."""

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    MPEG2MPML,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

from engine.errors import DataError
from engine.media.dicom import kin
from engine.media.images import inspect, read_image


@pytest.fixture
def write(tmp_path):
    """Writes values (height, width) or (height, width, 3) as a DICOM file."""

    def make(values, *, bits=None, big=False, name="x.dcm", **tags):
        values = np.asarray(values)
        data = Dataset()
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian if big else ExplicitVRLittleEndian
        data.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
        data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        data.SOPClassUID, data.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
        colour = values.ndim == 3
        data.Rows, data.Columns = values.shape[:2]
        data.SamplesPerPixel = 3 if colour else 1
        data.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
        if colour:
            data.PlanarConfiguration = 0
        data.BitsAllocated = values.dtype.itemsize * 8
        data.BitsStored = bits or data.BitsAllocated
        data.HighBit = data.BitsStored - 1
        data.PixelRepresentation = int(values.dtype.kind == "i")
        for tag, value in tags.items():
            setattr(data, tag, value)
        order = ">" if big else "<"
        data.PixelData = values.astype(values.dtype.newbyteorder(order)).tobytes()
        data["PixelData"].VR = "OB" if data.BitsAllocated == 8 else "OW"
        data.save_as(tmp_path / name, enforce_file_format=True)
        return tmp_path / name

    return make


def shows(path, *expected):
    """One row of greys, each within 1."""
    values = np.asarray(read_image(path)).astype(int)
    assert np.array_equal(values[..., 0], values[..., 2])
    assert np.abs(values[0, :, 0] - np.array(expected)).max() <= 1, values[0, :, 0]
    return True


RAMP = np.array([[0, 100, 200, 400]], np.uint16)


def test_without_a_window_the_values_are_stretched(write):
    assert shows(write(RAMP), 0, 64, 128, 255)


def test_monochrome1_is_inverted(write):
    assert shows(write(RAMP, PhotometricInterpretation="MONOCHROME1"), 255, 191, 127, 0)


@pytest.mark.parametrize("big", [False, True])
def test_the_window_is_applied_after_the_rescale(write, big):
    # Hounsfield: -1000, 0, 1000, 3000. Window centre 0, width 2001: -1000.5 to 999.5.
    path = write(
        np.array([[24, 1024, 2024, 4024]], np.uint16), big=big, bits=12, RescaleSlope="1",
        RescaleIntercept="-1024", WindowCenter="0", WindowWidth="2001",
    )  # fmt: skip
    assert shows(path, 0, 128, 255, 255)


def test_the_first_of_several_windows_counts(write):
    path = write(RAMP, WindowCenter=["100", "9"], WindowWidth=["201", "9"])
    assert shows(path, 0, 128, 255, 255)


def test_linear_exact_and_sigmoid_windows(write):
    exact = write(RAMP, WindowCenter="200", WindowWidth="400", VOILUTFunction="LINEAR_EXACT")
    assert shows(exact, 0, 64, 128, 255)
    sigmoid = write(RAMP, WindowCenter="200", WindowWidth="400", VOILUTFunction="SIGMOID")
    expected = 255 / (1 + np.exp(-4 * (RAMP[0].astype(float) - 200) / 400))
    assert shows(sigmoid, *expected)


@pytest.mark.parametrize("width", ["0", "-5", "0.2"])
def test_a_window_that_makes_no_sense_is_not_used(write, width):
    assert shows(write(RAMP, WindowCenter="100", WindowWidth=width), 0, 64, 128, 255)


def test_a_window_one_wide_is_a_threshold(write):
    assert shows(write(RAMP, WindowCenter="150", WindowWidth="1"), 0, 0, 255, 255)


def test_a_voi_table_goes_before_the_window(write):
    table = Dataset()
    table.LUTDescriptor = [4, 0, 8]
    table.LUTData = [0, 200, 100, 255]
    table["LUTData"].VR = "US"
    path = write(
        np.array([[0, 1, 2, 3]], np.uint8), VOILUTSequence=Sequence([table]),
        WindowCenter="1", WindowWidth="1",
    )  # fmt: skip
    assert shows(path, 0, 200, 100, 255)


def test_padding_does_not_spoil_the_range(write):
    path = write(
        np.array([[-2000, 0, 50, 100]], np.int16), PixelPaddingValue=-2000, RescaleSlope="2",
        RescaleIntercept="0",
    )  # fmt: skip
    assert shows(path, 0, 0, 128, 255)


def test_settings_of_an_enhanced_file_are_found_in_its_functional_groups(write):
    values, window = Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = "1", "-1000", "HU"
    window.WindowCenter, window.WindowWidth = "-900", "201"
    shared = Dataset()
    shared.PixelValueTransformationSequence = Sequence([values])
    frame = Dataset()
    frame.FrameVOILUTSequence = Sequence([window])
    path = write(
        RAMP, SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence([frame]),
    )  # fmt: skip
    assert shows(path, 0, 128, 255, 255)


def test_colour_keeps_its_upper_bits(write):
    small = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    assert np.asarray(read_image(write(small))).tolist() == small.tolist()
    deep = small.astype(np.uint16) * 256 + 77
    assert np.asarray(read_image(write(deep))).tolist() == small.tolist()


@pytest.mark.parametrize("big", [False, True])
def test_palette_colours(write, big):
    order = ">" if big else "<"
    tables = {
        f"{name}PaletteColorLookupTableData": (np.array(column, f"{order}u2") * 257).tobytes()
        for name, column in (("Red", [0, 10, 255]), ("Green", [1, 20, 2]), ("Blue", [2, 30, 3]))
    }
    described = {
        f"{name}PaletteColorLookupTableDescriptor": [3, 0, 16] for name in ("Red", "Green", "Blue")
    }
    path = write(
        np.array([[0, 1, 2, 1]], np.uint8), big=big, PhotometricInterpretation="PALETTE COLOR",
        **tables, **described,
    )  # fmt: skip
    expected = [[[0, 1, 2], [10, 20, 30], [255, 2, 3], [10, 20, 30]]]
    assert np.asarray(read_image(path)).tolist() == expected


def test_the_same_picture_in_both_byte_orders_and_uncompressed(shared_data):
    folder = shared_data("dicom") / "files"
    pairs = [("OBXXXX1A.dcm", "OBXXXX1A_expb.dcm"), ("emri_small.dcm", "emri_small_RLE.dcm"),
             ("OBXXXX1A_2frame.dcm", "OBXXXX1A_rle_2frame.dcm"), ("color-pl.dcm", "color-px.dcm"),
             ("SC_rgb_16bit.dcm", "SC_rgb_expb_16bit.dcm")]  # fmt: skip
    for one, other in pairs:
        assert np.array_equal(read_image(folder / one), read_image(folder / other)), other
    rgb, ybr = (
        read_image(folder / "SC_rgb.dcm"),
        read_image(folder / "SC_ybr_full_uncompressed.dcm"),
    )
    assert np.abs(np.asarray(rgb).astype(int) - np.asarray(ybr)).max() <= 8


def test_the_first_frame_counts_and_inspect_counts_them(shared_data):
    file = shared_data("dicom") / "files" / "emri_small.dcm"
    assert inspect(file).frames == 10 and read_image(file).size == (64, 64)


def test_a_compression_without_a_decoder_is_named(write):
    path = write(RAMP)
    data = dcmread(path)
    data.PixelData = encapsulate([b"\0" * 8])
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = MPEG2MPML
    data.save_as(path)
    with pytest.raises(DataError, match="compressed in a way") as caught:
        read_image(path)
    assert "MPEG2" in caught.value.cause


def test_a_file_without_pixels_says_so(write, tmp_path):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.Modality = "SR"
    data.save_as(tmp_path / "report.dcm", enforce_file_format=True)
    for look in (read_image, inspect):
        with pytest.raises(DataError, match="no picture") as caught:
            look(tmp_path / "report.dcm")
        assert "SR" in caught.value.cause


def test_a_cut_off_file(write):
    path = write(np.zeros((50, 50), np.uint16))
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError):
        read_image(path)


def test_a_text_with_a_dicom_name(tmp_path):
    (tmp_path / "x.dcm").write_text("this is no DICOM file at all, it is a letter" * 20)
    with pytest.raises(DataError):
        read_image(tmp_path / "x.dcm")


def test_a_giant_is_refused_before_it_is_decoded(write):
    path = write(np.zeros((2, 2), np.uint8), Rows=60_000, Columns=60_000)
    for look in (read_image, inspect):
        with pytest.raises(DataError, match="too large"):
            look(path)


def test_who_the_patient_is(write):
    assert kin(write(RAMP, PatientID=" Doe^1 ", StudyInstanceUID="1.2")) == ("patient", "Doe^1")
    assert kin(write(RAMP, PatientID="", StudyInstanceUID="1.2")) == ("study", "1.2")
    assert kin(write(RAMP)) is None


NAME = "QUISTGAARD"


@pytest.mark.parametrize("place", ["PhotometricInterpretation", "Modality", "BitsAllocated", "Rows",
                                   "WindowWidth", "PixelRepresentation"])  # fmt: skip
def test_no_refusal_says_what_stands_in_the_file(write, place):
    """A refusal is stored, and in a damaged file a name may stand where a number should."""
    path = write(RAMP, WindowCenter="1", WindowWidth="1")
    data = dcmread(path)
    data.add_new(place, "CS", NAME)
    if place == "Modality":
        del data.Rows
    data.save_as(path)
    for look in (read_image, inspect):
        try:
            said = str(look(path))
        except DataError as error:
            said = str(error.to_wire())
        assert NAME not in said


def test_a_value_of_an_impossible_length_is_a_refusal(write):
    """pydicom raises an error of its own kind, which is none of Python's."""
    path = write(RAMP)
    content = path.read_bytes()
    place = content.index(b"\x28\x00\x10\x00US\x02\x00")
    path.write_bytes(content[: place + 6] + b"\x03\x00\x01" + content[place + 8 :])
    for look in (read_image, inspect):
        with pytest.raises(DataError):
            look(path)


@pytest.mark.parametrize(
    ("tags", "centre"),
    [
        ({"RescaleIntercept": "-1000"}, -900),  # a slope of 1 goes without saying
        ({"RescaleSlope": "2"}, 200),
        ({"RescaleSlope": "0", "RescaleIntercept": "-1000"}, 100),
        ({"RescaleSlope": None, "RescaleIntercept": None}, 100),
    ],
)
def test_half_a_rescale_counts_and_one_that_leaves_nothing_does_not(write, tags, centre):
    width = 401 if tags.get("RescaleSlope") == "2" else 201
    path = write(RAMP, WindowCenter=str(centre), WindowWidth=str(width), **tags)
    assert shows(path, 0, 128, 255, 255)


def test_what_is_said_of_a_frame_goes_before_what_is_said_of_the_file(write):
    values, window, frame = Dataset(), Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept = "-1", "400"
    window.WindowCenter, window.WindowWidth = "300", "201"
    frame.PixelValueTransformationSequence = Sequence([values])
    frame.FrameVOILUTSequence = Sequence([window])
    path = write(
        RAMP, RescaleSlope="1", RescaleIntercept="0", WindowCenter="9", WindowWidth="9",
        PerFrameFunctionalGroupsSequence=Sequence([frame]),
    )  # fmt: skip
    assert shows(path, 255, 128, 0, 0)


def test_a_voi_table_that_begins_below_zero_in_a_field_without_sign(write):
    table = Dataset()
    table.LUTDescriptor = [4, 65536 - 1000, 8]
    table.LUTData = [0, 200, 100, 255]
    table["LUTData"].VR = "US"
    path = write(
        np.array([[0, 1, 2, 3]], np.uint16), bits=12, VOILUTSequence=Sequence([table]),
        RescaleSlope="1", RescaleIntercept="-1000",
    )  # fmt: skip
    assert shows(path, 0, 200, 100, 255)


@pytest.mark.parametrize("name", ["VOILUTSequence", "ModalityLUTSequence"])
def test_a_table_that_is_announced_and_not_there(write, name):
    assert shows(write(RAMP, **{name: Sequence([Dataset()])}), 0, 64, 128, 255)


def test_a_padding_value_of_the_other_sign(write):
    path = write(np.array([[-2000, 0, 50, 100]], np.int16))
    data = dcmread(path)
    data.add_new("PixelPaddingValue", "US", 65536 - 2000)
    data.save_as(path)
    assert shows(path, 0, 0, 128, 255)
