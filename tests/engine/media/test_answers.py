"""Answers of a process that reads untrusted files hold values, and nothing that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.media.answers import pack, unpack
from engine.media.dicom_spacing import Spacing
from engine.media.frame import Frame
from engine.media.images import Facts
from engine.media.reading import Preset, Reading
from engine.media.tone import Table, Window

plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.text(max_size=8),
              st.floats(allow_nan=False), st.binary(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple),
                            st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=12,
)  # fmt: skip


def there_and_back(value: Any) -> Any:
    text, buffers = pack(value)
    return unpack(text, [bytes(one) for one in buffers])


@given(plain)
def test_plain_values_come_back(value: Any) -> None:
    assert there_and_back(value) == value


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">i2", "f4", "f8", "?", "i8"])
def test_arrays_come_back(dtype: str) -> None:
    values = np.arange(24).reshape(2, 3, 4).astype(dtype)[:, ::-1]
    found = there_and_back(values)
    assert found.dtype == values.dtype and (found == values).all()


def test_readings_come_back() -> None:
    window = Window(40.0, 400.0)
    reading = Reading(Path("a.dcm"), 3, 2, 1, False, window, True, (Preset("Lung", window, False),),
                      Spacing(0.1, 0.2, "x"), "CT", "HU")  # fmt: skip
    frame = Frame(np.zeros((2, 3), np.int16), None, Table(3, np.arange(4, dtype=np.uint8)), True)
    seen, one = there_and_back((reading, frame))
    assert seen == reading and (one.stored == frame.stored).all() and one.given
    assert one.tone.first == 3 and (one.tone.greys == frame.tone.greys).all()  # type: ignore[union-attr]
    assert there_and_back(Facts(1, 2, "RGB")) == Facts(1, 2, "RGB")


@pytest.mark.parametrize(
    "text",
    [{"record": "os:system", "of": {}}, {"record": "picture", "of": {"command": "x"}},
     {"array": [0, "O", [1]]}, {"code": "x"}, {"bytes": 9}],
)  # fmt: skip
def test_nothing_else_can_be_made_of_an_answer(text: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError, IndexError)):
        unpack(json.dumps(text).encode(), [b"12345678"])


def test_what_has_no_place_is_refused_where_it_is_sent() -> None:
    with pytest.raises(TypeError):
        pack(object())
