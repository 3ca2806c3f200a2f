"""Texts in one normal form, from files in whatever encoding."""

import codecs
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.media.hashing import hash_bytes, hash_file, hash_text
from engine.media.text import encoding_of, encoding_of_file, normalise, read_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("  a b\t\n", "a b"), ("a\r\nb\rc", "a\nb\nc"), ("e\u0301", "\u00e9"), ("a\0b", "ab"),
     ("A  a", "A  a")],
)  # fmt: skip
def test_normal_form(raw, clean):
    assert normalise(raw) == clean


@pytest.mark.parametrize("raw", ["", "  \n\t", "\0"])
def test_an_empty_text_is_refused(raw):
    with pytest.raises(DataError, match="empty") as caught:
        normalise(raw, "row 7")
    assert caught.value.subject == "row 7" and "row 7" in caught.value.cause


@given(st.text(max_size=30))
def test_normal_form_is_reached_at_once(raw):
    if not raw.replace("\0", "").strip():
        return
    assert normalise(normalise(raw)) == normalise(raw)


TEXT = "Größe, café, naïve – €5"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE),
     ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-32-le", codecs.BOM_UTF32_LE), ("cp1252", b"")],
)  # fmt: skip
def test_encodings(tmp_path, encoding, mark):
    file = tmp_path / "x.txt"
    file.write_bytes(mark + TEXT.encode(encoding))
    assert read_text(file) == TEXT
    assert (mark + TEXT.encode(encoding)).decode(encoding_of_file(file)) == TEXT


def test_latin_1_that_windows_does_not_know(tmp_path):
    assert encoding_of(b"\x81\xe9", whole=True) == "latin-1"
    (tmp_path / "x").write_bytes(b"a" * (1 << 20) + b"\xe9\x81")
    assert encoding_of_file(tmp_path / "x") == "latin-1"


def test_a_character_cut_by_a_block_is_no_error(tmp_path):
    content = b"a" * ((1 << 20) - 1) + "é".encode() + b"b"
    (tmp_path / "x").write_bytes(content)
    assert encoding_of_file(tmp_path / "x") == "utf-8"
    assert encoding_of("é".encode()[:1]) == "utf-8" != encoding_of("é".encode()[:1], whole=True)


def test_a_missing_text_file(tmp_path):
    with pytest.raises(DataError, match="gone"):
        read_text(tmp_path / "x.txt")


def test_hashes_are_plain_sha256(tmp_path):
    (tmp_path / "x").write_bytes(b"abc" * 100_000)
    expected = hashlib.sha256(b"abc" * 100_000).hexdigest()
    assert hash_file(tmp_path / "x") == hash_bytes(b"abc" * 100_000) == expected
    assert hash_text("é") == hashlib.sha256("é".encode()).hexdigest()
    assert hash_text("\ud800") == hash_text("?")
    with pytest.raises(DataError, match="gone"):
        hash_file(tmp_path / "y")
