"""CSV imports: usual and unusual headings, odd rows, moved rows."""

import pytest

from engine.errors import ConfigurationError, DataError
from engine.exchange.format import Columns
from engine.exchange.importing import detect, import_source
from engine.store import classes, items, labels


def write(folder, text, name="data.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def content(project):
    names = {cls.id: cls.name for cls in classes.all_classes(project)}
    return {
        (item.text or item.path): (names.get(item.class_id), item.group, item.split)
        for item in items.each(project)
    }


@pytest.mark.parametrize(
    "header",
    ["text,label", "Sentence,Category", "MESSAGE;CLASS", "utterance\tintent", "content|target",
     "﻿text,label"],
)  # fmt: skip
def test_usual_headings_of_texts(tmp_path, text_project, header):
    mark = next(one for one in (",", ";", "\t", "|") if one in header)
    report = import_source(
        text_project, write(tmp_path, f"{header}\ngood{mark}up\nbad{mark}down\n")
    )
    assert (report.new, report.labelled, report.problems) == (2, 2, [])
    assert {text: said[0] for text, said in content(text_project).items()} == {
        "good": "up", "bad": "down",
    }  # fmt: skip


@pytest.mark.parametrize(
    "heading", ["path", "File", "file name", "image", "Image Path", "filename"]
)
def test_usual_headings_of_pictures_and_paths_from_the_tables_folder(
    tmp_path, project, draw, heading
):
    draw(tmp_path / "data/one/a b.png", 1)
    draw(tmp_path / "elsewhere/c.png", 2)
    file = write(
        tmp_path / "data",
        f"{heading},label,patient\none/a b.png,cat,p1\n../elsewhere/c.png,dog,p2\n"
        f"one\\a b.png,cat,p1\n",
    )
    report = import_source(project, file)
    assert report.new == 2 and report.problem_count == 1  # the same file, as Windows writes it
    assert "row 4" in report.problems[0].title
    assert {k: v[:2] for k, v in content(project).items()} == {
        "one/a b.png": ("cat", "p1"), "../elsewhere/c.png": ("dog", "p2"),
    }  # fmt: skip
    assert all(item.state == "checked" for item in items.each(project))


def test_absolute_paths(tmp_path, project, draw):
    inside, outside = draw(tmp_path / "data/a.png", 1), draw(tmp_path / "else/b.png", 2)
    file = write(tmp_path / "data", f"path,label\n{inside},cat\n{outside},dog\n")
    assert import_source(project, file).new == 2
    found = {item.file: item.path for item in items.each(project)}
    assert found == {inside: "a.png", outside: outside.as_posix()}


def test_columns_may_be_named(tmp_path, text_project):
    file = write(tmp_path, "id,what they said,verdict,text\n1,good,up,x\n2,bad,down,y\n")
    import_source(
        text_project, file, columns=Columns(text="what they said", label="verdict", group="id")
    )
    assert {k: v[:2] for k, v in content(text_project).items()} == {
        "good": ("up", "1"), "bad": ("down", "2"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "columns", "wanted"),
    [
        ("text,verdict", Columns(), "label"),
        ("words,label", Columns(text="speech"), "text"),
        ("text,label", Columns(group="ward"), "group"),
    ],
)
def test_a_missing_column_names_those_there_are(tmp_path, text_project, header, columns, wanted):
    with pytest.raises(DataError) as caught:
        import_source(text_project, write(tmp_path, f"{header}\na,b\n"), columns=columns)
    assert wanted in caught.value.title
    assert all(repr(name) in caught.value.cause for name in header.split(","))
    assert items.counts(text_project)["items"] == 0


def test_rows_that_cannot_be_used_are_named_and_the_rest_goes_on(tmp_path, project, draw):
    draw(tmp_path / "a.png", 1)
    draw(tmp_path / "b.png", 2)
    (tmp_path / "c.png").write_text("<html>")
    file = write(
        tmp_path, "path,label\na.png,cat\ngone.png,dog\nb.png,\n,dog\na.png,dog,extra\nc.png,dog\n"
    )
    report = import_source(project, file)
    titles = [problem.title for problem in report.problems]
    assert "data.csv, row 3: the file is gone" in titles
    assert "data.csv, row 4: the label is empty" in titles
    assert "data.csv, row 5: the path is empty" in titles
    assert "data.csv, row 6: there are more cells than headings" in titles
    assert "This is not a picture that Graft can read" in titles
    assert report.problem_count == 5 and report.new == 3 and report.broken == 1
    assert {k: v[0] for k, v in content(project).items()} == {
        "a.png": "cat", "b.png": None, "c.png": "dog",
    }  # fmt: skip


def test_splits_and_groups_from_columns(tmp_path, text_project):
    rows = "".join(f"text {n},{'ab'[n % 2]},{s},p{n}\n" for n, s in enumerate(
        ["train"] * 6 + ["val"] * 2 + ["Test"] * 2 + ["fold7"]))  # fmt: skip
    report = import_source(text_project, write(tmp_path, f"text,label,split,patient\n{rows}"))
    said = content(text_project)
    assert [said[f"text {n}"][2] for n in range(10)] == (
        ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
    )
    assert said["text 3"][1] == "p3" and said["text 10"][2] in ("train", "validation", "test")
    assert ["'fold7' is unknown" in problem.title for problem in report.problems] == [True]


def test_the_same_text_twice_is_two_items_and_imports_stay_the_same(tmp_path, text_project):
    file = write(tmp_path, "text,label\nyes,a\nno,b\nyes,b\n")
    assert import_source(text_project, file).new == 3
    again = import_source(text_project, file)
    assert (again.new, again.known, again.labelled) == (0, 3, 0)


def test_labels_stay_with_their_text_when_rows_move(tmp_path, text_project):
    file = write(tmp_path, "text,label\none,a\ntwo,b\ntwo,a\nthree,a\n")
    import_source(text_project, file)
    three = next(item for item in items.each(text_project) if item.text == "three")
    labels.give(text_project, [(three.id, classes.ensure(text_project, ["b"])["b"])], "Ann")
    write(tmp_path, "text,label\nnew,b\nthree,a\ntwo,b\none,a\ntwo,a\nlast,a\n")
    report = import_source(text_project, file)
    assert (report.new, report.known, report.labelled) == (2, 4, 2)
    said = sorted(
        (item.text, content(text_project)[item.text][0]) for item in items.each(text_project)
    )
    assert [text for text, _ in said] == ["last", "new", "one", "three", "two", "two"]
    assert content(text_project)["three"][0] == "b", "what a person corrected is kept"


def test_only_beside_others_does_a_name_tell_the_split(tmp_path, text_project):
    rows = "".join(f"text {n},{'ab'[n % 2]}\n" for n in range(20))
    alone = write(tmp_path / "alone", f"text,label\n{rows}", "test.csv")
    import_source(text_project, alone)
    assert 11 <= items.counts(text_project)["train"] <= 15
    write(tmp_path / "both", "text,label\nx1,a\nx2,b\n", "train.csv")
    write(tmp_path / "both", "text,label\ny1,a\n", "dev.csv")
    import_source(text_project, tmp_path / "both")
    said = content(text_project)
    assert [said[name][2] for name in ("x1", "x2", "y1")] == ["train", "train", "validation"]


def test_texts_are_refused_by_a_picture_project(tmp_path, project):
    with pytest.raises(ConfigurationError, match="another kind"):
        import_source(project, write(tmp_path, "text,label\na,b\n"))


def test_real_texts(tmp_path, text_project, shared_data):
    report = import_source(text_project, shared_data("text_banking77"))
    assert (report.new, report.labelled, report.problem_count) == (13083, 13083, 0)
    assert len(report.classes) == 77 and report.splits["test"] == 3080
    assert sum(report.splits.values()) == 13083 and 1300 < report.splits["validation"] < 1700
    assert any("\n" in (item.text or "") for item in items.each(text_project))


def test_pictures_are_looked_for_where_the_table_does_not_say(tmp_path, project, draw):
    draw(tmp_path / "elsewhere/deep/one.png", 1)
    draw(tmp_path / "elsewhere/two.png", 2)
    file = write(tmp_path / "data", "image_id,class label\none,cat\nC:\\films\\two.png,dog\n")
    report = import_source(project, file, pictures=tmp_path / "elsewhere")
    assert (report.new, report.labelled, report.problems) == (2, 2, [])


def test_a_table_beside_its_pictures_is_no_folder_of_classes(tmp_path, draw):
    draw(tmp_path / "data/images/a.png", 1)
    write(tmp_path / "data", "path,label\na.png,cat\n")
    assert detect(tmp_path / "data") == "csv"
    draw(tmp_path / "data/images/deep/b.png", 1)
    assert detect(tmp_path / "data") == "class-folders"
    write(tmp_path / "data", "path,label\nimages/deep/b.png,cat\n")
    assert detect(tmp_path / "data") == "csv"
    write(tmp_path / "data", "author,year\nAnn,2020\n")
    assert detect(tmp_path / "data") == "class-folders"


def test_a_table_of_another_kind_does_not_stop_the_others(tmp_path, text_project):
    write(tmp_path / "data", "author,year\nAnn,2020\n", "about.csv")
    write(tmp_path / "data", "", "empty.csv")
    folder = write(tmp_path / "data", "text,label\ngood,up\n").parent
    report = import_source(text_project, folder)
    assert (report.new, report.problem_count) == (1, 2)


def test_a_table_without_headings_says_so(tmp_path, project):
    with pytest.raises(DataError, match="no headings") as caught:
        import_source(project, write(tmp_path, "a.png,cat\n"))
    assert "Write a row above it" in caught.value.remedy
