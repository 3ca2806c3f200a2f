"""Every awkward file of the corpora gives an RGB picture or a DataError; never anything else."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import DataError
from engine.media.images import Facts, inspect, read_image

ROOT = Path(__file__).parents[3]
DATA = (ROOT / "../shared/data").resolve()


def manifest(name):
    file = DATA / name / "manifest.csv"
    if not file.exists():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(f"no shared data {name}"))]
    with file.open(newline="", encoding="utf-8") as stream:
        return [pytest.param(row, id=Path(row["file"]).name) for row in csv.DictReader(stream)]


def attempt(path):
    """The picture, or None with a refusal that is complete and about this file."""
    image = error = None
    try:
        image = read_image(path)
    except DataError as refusal:
        error = refusal
    if image is None:
        assert error is not None and error.subject == str(path)
        assert error.title and error.cause and error.remedy
        return None
    assert image.mode == "RGB" and min(image.size) > 0
    return image


@pytest.mark.parametrize("row", manifest("bad_images"))
def test_images(row):
    path = DATA / "bad_images" / row["file"]
    image = attempt(path)
    # PNGs with damage behind the pixels load only at a second try; they are refused.
    lenient = path.name in ("truncated_end_chunk.png", "broken_data_stream.png")
    assert (image is not None) == (row["to_rgb"] == "ok" and not lenient)
    if image is not None:
        facts = inspect(path)
        assert (facts.width, facts.height) == image.size
        assert facts.frames == int(row["frames"]) and facts.mode == row["mode"]


@pytest.mark.parametrize("row", manifest("dicom"))
def test_dicom(row):
    path = DATA / "dicom" / row["file"]
    image = attempt(path)
    if row["pixel_array"] == "ok":
        assert image is not None
        facts = inspect(path)
        assert image.size == (int(row["columns"]), int(row["rows"]))
        assert facts == Facts(*image.size, row["photometric"], int(row["frames"] or 1), True)
        values = np.asarray(image)
        if row["min"] != row["max"]:
            assert values.max() > values.min(), "the picture has lost its contrast"


def test_thumbnails_and_checks_of_the_whole_corpus_make_no_noise(shared_data):
    """No warning reaches the person. (libtiff's own C messages cannot be held back.)"""
    shared_data("bad_images")
    code = (
        "import sys, warnings; warnings.simplefilter('always')\n"
        "from pathlib import Path\n"
        "from engine.errors import DataError\n"
        "from engine.media.images import inspect, read_image\n"
        "for path in sorted(Path(sys.argv[1]).glob('*/files/*')):\n"
        "    for look in (inspect, read_image):\n"
        "        try: look(path)\n"
        "        except DataError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(DATA)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("TIFF", "Fax"))]
    assert lines == [] and done.stdout == ""
