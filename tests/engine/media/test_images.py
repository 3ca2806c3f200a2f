"""Any picture file gives upright RGB or a DataError with what, why and remedy."""

import contextlib
import os
import stat
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from engine.errors import DataError
from engine.media import refusals
from engine.media.images import inspect, read_image


def pixels(image):
    assert image.mode == "RGB"
    return np.asarray(image)


def refused(path):
    with pytest.raises(DataError) as caught:
        read_image(path)
    error = caught.value
    assert error.title and error.cause and error.remedy and error.subject == str(path)
    return error


@pytest.fixture
def photo(tmp_path):
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8))
    path = tmp_path / "photo.jpg"
    image.save(path)
    return path


@pytest.mark.parametrize("suffix", ["jpg", "bmp", "png", "webp", "tif", "ppm"])
def test_an_ordinary_picture_is_what_pillow_reads(tmp_path, photo, suffix):
    path = tmp_path / f"other.{suffix}"
    with Image.open(photo) as image:
        image.save(path)
    with Image.open(path) as image:
        assert np.array_equal(pixels(read_image(path)), np.asarray(image.convert("RGB")))


def test_real_photos_are_what_pillow_reads(shared_data):
    files = [
        *shared_data("photos_sample").glob("*.jpg"),
        *shared_data("photos_sample").glob("*.bmp"),
    ]
    assert len(files) == 14
    for path in files:
        with Image.open(path) as image:
            assert np.array_equal(pixels(read_image(path)), np.asarray(image.convert("RGB")))


def test_content_decides_and_not_the_name(tmp_path, photo):
    other = tmp_path / "photo.png"
    other.write_bytes(photo.read_bytes())
    assert np.array_equal(pixels(read_image(other)), pixels(read_image(photo)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_orientation_is_applied_and_inspect_knows_the_upright_size(tmp_path, orientation, suffix):
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:10, :15] = (250, 0, 0)
    upright[:10, 15:] = (0, 250, 0)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / f"turned.{suffix}"
    options = {"quality": 100} if suffix != "webp" else {"lossless": True}
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif, **options)
    facts = inspect(path)
    assert (facts.width, facts.height) == (30, 20)
    assert np.abs(pixels(read_image(path)).astype(int) - upright).mean() < 8


def test_orientation_that_only_xmp_tells(shared_data):
    path = shared_data("bad_images") / "files" / "xmp_tags_orientation.png"
    with Image.open(path) as image:
        assert "exif" not in image.info
        clear = image.convert("RGBA").rotate(180)
    white = Image.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    expected = np.asarray(white.convert("RGB")).astype(int)
    assert np.abs(pixels(read_image(path)) - expected).max() <= 1


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    for suffix in ("gif", "webp", "png", "tif"):
        path = tmp_path / f"film.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
        assert np.abs(pixels(read_image(path))[0, 0].astype(int) - (255, 0, 0)).max() < 4
        assert inspect(path).frames == 3


def test_transparent_parts_lie_on_white(tmp_path):
    image = Image.new("RGBA", (2, 1), (10, 20, 30, 255))
    image.putpixel((1, 0), (99, 99, 99, 0))
    image.save(tmp_path / "a.png")
    assert pixels(read_image(tmp_path / "a.png")).tolist() == [[[10, 20, 30], [255, 255, 255]]]
    grey = Image.new("LA", (1, 1), (7, 0))
    grey.save(tmp_path / "g.png")
    assert pixels(read_image(tmp_path / "g.png")).tolist() == [[[255] * 3]]
    table = Image.new("P", (2, 1))
    table.putpalette([200, 0, 0, 0, 0, 200])
    table.putpixel((1, 0), 1)
    table.save(tmp_path / "p.png", transparency=1)
    assert pixels(read_image(tmp_path / "p.png")).tolist() == [[[200, 0, 0], [255, 255, 255]]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB"])
def test_modes_become_rgb_by_their_colours(tmp_path, mode):
    source = Image.new("RGB", (4, 4), (255, 255, 255))
    image = source.convert("L").convert(mode) if mode in ("1", "P") else source
    if mode == "LAB":
        image = Image.new("LAB", (4, 4), (255, 128, 128))
    elif mode not in ("1", "P"):
        image = source.convert(mode)
    image.save(tmp_path / "x.tif")
    assert inspect(tmp_path / "x.tif").mode == mode
    assert pixels(read_image(tmp_path / "x.tif")).min() >= 250


DEEP = {
    "12 bits in 16": np.linspace(0, 4095, 64).reshape(8, 8).astype(np.uint16),
    "16 bits": np.linspace(0, 65535, 64).reshape(8, 8).astype(np.uint16),
    "32 bits": np.linspace(-100_000, 2_000_000, 64).reshape(8, 8).astype(np.int32),
    "float": np.linspace(-0.5, 0.25, 64).reshape(8, 8).astype(np.float32),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_greys_keep_their_whole_contrast(tmp_path, name):
    """The stated rule: smallest value black, largest white, a straight line between."""
    Image.fromarray(DEEP[name]).save(tmp_path / "x.tif")
    got = pixels(read_image(tmp_path / "x.tif"))
    expected = np.linspace(0, 255, 64).reshape(8, 8)
    assert np.abs(got[..., 0] - expected).max() <= 0.6
    assert np.array_equal(got[..., 0], got[..., 1])


def test_deep_greys_are_the_same_from_every_format(tmp_path):
    for suffix in ("png", "tif", "pgm", "jp2"):
        path = tmp_path / f"x.{suffix}"
        Image.fromarray(DEEP["12 bits in 16"]).save(path)
        assert (
            np.abs(pixels(read_image(path))[..., 0] - np.linspace(0, 255, 64).reshape(8, 8)).max()
            < 1
        )


def test_odd_numbers_do_no_harm(tmp_path):
    values = np.array([[np.nan, 0.0, np.inf], [1.0, 2.0, -np.inf]], np.float32)
    Image.fromarray(values).save(tmp_path / "x.tif")
    assert pixels(read_image(tmp_path / "x.tif"))[..., 0].tolist() == [[0, 0, 255], [128, 255, 0]]
    Image.fromarray(np.full((3, 3), 700, np.uint16)).save(tmp_path / "flat.png")
    assert pixels(read_image(tmp_path / "flat.png")).max() == 0


def test_a_vanished_file(tmp_path):
    assert refused(tmp_path / "gone.png").title == "The file is gone"


def test_an_empty_file(tmp_path):
    (tmp_path / "x.png").touch()
    assert refused(tmp_path / "x.png").title == "The file is empty"


def test_a_folder(tmp_path):
    assert refused(tmp_path).title == "This is not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    assert refused(tmp_path / "x.png").title == "This is not a file"


def test_a_file_without_the_right_to_read(tmp_path, photo, monkeypatch):
    if os.geteuid() != 0:
        photo.chmod(0)
    else:  # root may read anything: let the system say no

        def no(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("pathlib.Path.open", no)
    assert refused(photo).title == "The file may not be read"


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 300 + ".png"])
def test_impossible_names(tmp_path, name):
    refused(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<!DOCTYPE html><html>not found</html>", "web page"),
        (b"\n\n<HTML>x", "web page"),
        (b"%PDF-1.7 xxxxx", "PDF"),
        (b"PK\x03\x04xxxx", "ZIP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"hello, this is only text " * 20, "no picture format"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, content, word):
    (tmp_path / "x.png").write_bytes(content)
    assert word in refused(tmp_path / "x.png").cause
    with pytest.raises(DataError):
        inspect(tmp_path / "x.png")


def test_a_truncated_photo(photo):
    photo.write_bytes(photo.read_bytes()[:-300])
    assert refused(photo).title == "The picture is cut off"
    assert inspect(photo).width == 60, "the header is whole"


def test_giants_are_refused_before_they_fill_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    Image.new("1", (20_000, 10_000)).save(path)
    error = refused(path)
    assert error.title == "The picture is too large"
    with pytest.raises(DataError, match="too large"):
        inspect(path)
    # Also where something else in the process has switched Pillow's own guard off.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert "20,000 x 10,000" in refused(path).cause


def test_a_large_but_lawful_picture_is_read_without_a_warning(tmp_path):
    path = tmp_path / "x.png"
    Image.new("1", (10_000, 9_500)).save(path)  # Pillow warns from 89 million pixels on
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_image(path).size == (10_000, 9_500)


@settings(max_examples=150)
@given(st.integers(0, 3), st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_gives_a_picture_or_a_refusal(tmp_path_factory, kind, place, noise):
    suffix = ("jpg", "png", "gif", "tif")[kind]
    path = tmp_path_factory.getbasetemp() / f"noise.{suffix}"
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(path)
    content = bytearray(path.read_bytes())
    place %= len(content)
    content[place : place + len(noise)] = noise
    path.write_bytes(content)
    for look in (read_image, inspect):
        with contextlib.suppress(DataError):  # anything else fails the test
            look(path)


def test_a_reduced_read_is_large_enough(tmp_path):
    Image.new("RGB", (1600, 1200), "teal").save(tmp_path / "x.jpg")
    small = read_image(tmp_path / "x.jpg", at_least=192)
    assert 192 <= min(small.size) < 1200
    assert small.size[0] / small.size[1] == pytest.approx(4 / 3, abs=0.02)


def test_the_limit_is_pillows_own():
    assert refusals.MAX_PIXELS == 2 * (1024 * 1024 * 1024 // 4 // 3)


def test_source_files_are_not_touched(photo):
    photo.chmod(stat.S_IREAD)
    before = (photo.read_bytes(), photo.stat().st_mtime_ns)
    read_image(photo)
    inspect(photo)
    assert (photo.read_bytes(), photo.stat().st_mtime_ns) == before
