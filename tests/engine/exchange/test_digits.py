"""The sample: real digits as real files."""

from collections import Counter

import numpy as np
from sklearn.datasets import load_digits

from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.media.images import read_image


def test_all_digits_are_written(tmp_path):
    assert write_digits(tmp_path / "d") == 1797
    counts = Counter(path.parent.name for path in (tmp_path / "d").glob("*/*.png"))
    assert counts == Counter(str(digit) for digit in load_digits().target)


def test_some_digits_come_in_as_a_project(tmp_path, project):
    data = load_digits()
    count = write_digits(tmp_path / "d", [5, 7])
    assert count == sum(digit in (5, 7) for digit in data.target)
    report = import_source(project, tmp_path / "d")
    assert report.new == count and report.classes == ("5", "7") and not report.problems
    number = int(np.flatnonzero(data.target == 7)[0])
    values = np.asarray(read_image(tmp_path / "d/7" / f"{number:04d}.png"))[..., 0]
    small = values.reshape(8, 4, 8, 4).mean((1, 3))
    assert np.corrcoef(small.ravel(), data.images[number].ravel())[0, 1] > 0.95


def test_the_same_call_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_digits(tmp_path / name, [0])
    for file in (tmp_path / "a/0").iterdir():
        assert file.read_bytes() == (tmp_path / "b/0" / file.name).read_bytes()
