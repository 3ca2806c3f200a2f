"""The confusion picture is written, large enough to read, and shows what it was given."""

import numpy as np
import pytest
from PIL import Image

from engine.evaluation.picture import confusion_picture, shorten


@pytest.mark.parametrize("classes", [2, 10, 77])
def test_a_picture_for_few_and_many_classes(tmp_path, classes):
    table = np.diag(np.full(classes, 40)) + 3 * np.eye(classes, k=1, dtype=int)
    names = [f"a rather long name of the class number {n} in a ward" for n in range(classes)]
    path = confusion_picture(table, names, tmp_path / "new" / "c.png", "Test")
    with Image.open(path) as picture:
        assert min(picture.size) > max(400, 25 * classes)  # at least 25 px a cell
        assert max(picture.size) < 5000
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 3


def test_shade_is_the_share_of_the_row(tmp_path):
    names = ["a", "b"]
    right = confusion_picture(np.array([[9, 0], [0, 9]]), names, tmp_path / "r.png", "")
    wrong = confusion_picture(np.array([[0, 9], [9, 0]]), names, tmp_path / "w.png", "")
    with Image.open(right) as one, Image.open(wrong) as other:
        assert np.abs(np.asarray(one, int) - np.asarray(other, int)).max() > 100


def test_names_are_peoples_text(tmp_path):
    names = ["$100 off", "Кошка_{x}"]
    assert confusion_picture(np.eye(2, dtype=int), names, tmp_path / "c.png", "5$ and $").exists()


def test_names_that_do_not_fit_the_table_are_refused(tmp_path):
    with pytest.raises(ValueError, match="3 names"):
        confusion_picture(np.eye(2), ["a", "b", "c"], tmp_path / "c.png", "")


def test_shortening_keeps_both_ends():
    assert shorten("short") == "short"
    long = shorten("pneumothorax left upper lobe after drainage")
    assert len(long) == 28 and long.startswith("pneumo") and long.endswith("drainage")
