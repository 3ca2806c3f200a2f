"""Files that a person hands to a model were never checked, and must not end it."""

import numpy as np

from engine.events import Activity
from engine.store.datasets import Example
from engine.training.given import refused
from tests.engine.media.made import dicom, killer


def test_a_file_that_ends_its_reader_is_refused_and_the_others_are_read(tmp_path):
    files = [
        killer(tmp_path / "bad.dcm"),
        dicom(tmp_path / "good.dcm", np.arange(64, dtype=np.uint8).reshape(8, 8)),
        tmp_path / "gone.png",
    ]
    examples = [Example(n, "image", file, None, "", 0) for n, file in enumerate(files)]
    said, checks = [], []
    found = refused(examples, said.append, lambda: checks.append(1))
    assert {place: error.subject for place, error in found.items()} == {0: str(files[0])}
    assert len(checks) == 3 and said[-1] == Activity("Looking at the files", 2, 3)


def test_texts_need_no_look():
    assert refused([Example(0, "text", None, "hello", "", 0)], print, print) == {}
