"""Tables from whatever program: any content comes back, whatever separates and encodes it."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.exchange.tables import DELIMITERS, open_table

# Carriage returns alone are line ends to every reader of CSV; NUL is no text.
words = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\0"), max_size=40
)


def read(file):
    with open_table(file) as table:
        return table.header, list(table.rows()), table


@settings(max_examples=60)
@given(
    st.lists(st.tuples(words, words.filter(str.strip)), min_size=1, max_size=12),
    st.sampled_from(DELIMITERS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_text_and_label_come_back(tmp_path_factory, rows, delimiter, encoding):
    file = tmp_path_factory.getbasetemp() / "any.csv"
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("text", "label"), *rows])
    header, got, table = read(file)
    assert header == ["text", "label"] and table.delimiter == delimiter
    assert [tuple(cells) for _, cells in got] == rows
    assert [number for number, _ in got] == list(range(2, len(rows) + 2))


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_separators_are_found_also_when_texts_hold_the_others(tmp_path, delimiter):
    others = "".join(one for one in DELIMITERS if one != delimiter)
    lines = [f"text{delimiter}label", *(f"one{others}two {n}{delimiter}cat" for n in range(9))]
    (tmp_path / "x.csv").write_text("\n".join(lines))
    header, rows, _ = read(tmp_path / "x.csv")
    assert header == ["text", "label"] and rows[0] == (2, [f"one{others}two 0", "cat"])


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8"])
def test_old_encodings(tmp_path, encoding):
    (tmp_path / "x.csv").write_bytes("text;label\nGröße;süß\n".encode(encoding))
    assert read(tmp_path / "x.csv")[1] == [(2, ["Größe", "süß"])]


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    (tmp_path / "x.csv").write_text('text,label\n"two\nlines",a\n\n   \nlast,b\n')
    assert read(tmp_path / "x.csv")[1] == [(2, ["two\nlines", "a"]), (5, ["last", "b"])]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(tmp_path, ends):
    (tmp_path / "x.csv").write_bytes(ends.join(["text,label", "a,b", "c,d"]).encode())
    assert [cells for _, cells in read(tmp_path / "x.csv")[1]] == [["a", "b"], ["c", "d"]]


def test_a_text_longer_than_pythons_own_limit(tmp_path):
    (tmp_path / "x.csv").write_text(f"text,label\n{'a ' * 200_000},b\n")
    assert len(read(tmp_path / "x.csv")[1][0][1][0]) == 400_000


@pytest.mark.parametrize("content", ["", "\n\n", " , \na,b"])
def test_a_table_without_headings(tmp_path, content):
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(DataError, match="empty"):
        read(tmp_path / "x.csv")


def test_a_single_column(tmp_path):
    (tmp_path / "x.csv").write_text("path\na.png\nb.png\n")
    assert read(tmp_path / "x.csv")[0] == ["path"]


def test_a_quotation_mark_that_is_never_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.exchange.tables._LONGEST", 1000)
    (tmp_path / "x.csv").write_text('text,label\na,b\n"never closed,c\n' + "more,d\n" * 1000)
    with pytest.raises(DataError, match="to its end") as caught:
        read(tmp_path / "x.csv")
    assert "row 3" in caught.value.cause and "quotation mark" in caught.value.remedy


@pytest.mark.parametrize(
    ("above", "first"), [("sep=|\r\n", 2), ('"sep=|"\n', 2), ("sep=|\n\n", 3), ("\n\n", 4)]
)
def test_excels_separator_and_blank_lines_above_the_headings(tmp_path, above, first):
    (tmp_path / "x.csv").write_text(f"{above}text|label\na,b|c\n", newline="")
    header, rows, _ = read(tmp_path / "x.csv")
    assert (header, rows) == (["text", "label"], [(first, ["a,b", "c"])])
