"""Class folders in every shape people have them."""

import os
import shutil
import sys

import pytest

from engine.errors import ConfigurationError, DataError, GraftError
from engine.exchange.format import Example, Request
from engine.exchange.formats.class_folders import FORMAT
from engine.exchange.importing import detect, import_source
from engine.store import classes, items


def found(folder, kind="image"):
    """What the format finds: {path: (label, split)}, and the titles of what it left out."""
    all_ = list(FORMAT.examples(Request(folder, kind)))
    examples = {one.path: (one.label, one.split) for one in all_ if not isinstance(one, GraftError)}
    assert FORMAT.survey(Request(folder, kind)).total == len(examples)
    return examples, [one.title for one in all_ if isinstance(one, GraftError)]


def labels_of(project):
    names = {cls.id: cls.name for cls in classes.all_classes(project)}
    return {item.path: names.get(item.class_id) for item in items.each(project)}


def test_classes_are_folders_and_deeper_folders_belong_to_them(tmp_path, draw):
    for number, path in enumerate(["cat/a.png", "cat/wild/big/b.jpg", "dog/c.PNG"]):
        draw(tmp_path / path, number)
    assert found(tmp_path) == (
        {
            "cat/a.png": ("cat", None),
            "cat/wild/big/b.jpg": ("cat", None),
            "dog/c.PNG": ("dog", None),
        },
        [],
    )


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("train", "validation", "test"), ("train", "validation", "test")),
        (("Training", "val"), ("train", "validation")),
        (("TRAIN", "dev", "testing"), ("train", "validation", "test")),
        (("train",), ("train",)),
    ],
)
def test_split_folders_fix_the_split(tmp_path, draw, names, splits):
    for number, name in enumerate(names):
        draw(tmp_path / name / "cat" / "deep" / "a.png", number)
        draw(tmp_path / name / "dog" / "b.png", number + 50)
    examples, problems = found(tmp_path)
    assert problems == [] and len(examples) == 2 * len(names)
    for name, split in zip(names, splits, strict=True):
        assert examples[f"{name}/cat/deep/a.png"] == ("cat", split)


def test_a_class_may_be_called_train(tmp_path, draw):
    for number, name in enumerate(["train", "bus", "tram"]):
        draw(tmp_path / name / "a.png", number)
    assert found(tmp_path)[0]["train/a.png"] == ("train", None)


def test_pictures_without_folders_are_items_without_labels(tmp_path, draw, project):
    for number in range(3):
        draw(tmp_path / "loose" / f"{number}.png", number)
    report = import_source(project, tmp_path / "loose")
    assert (report.new, report.labelled, report.classes) == (3, 0, ())
    assert set(labels_of(project).values()) == {None}


def test_split_folders_without_classes_give_splits_without_labels(tmp_path, draw):
    draw(tmp_path / "train/a.png", 1)
    draw(tmp_path / "test/b.png", 2)
    assert found(tmp_path)[0] == {"train/a.png": (None, "train"), "test/b.png": (None, "test")}


def test_what_is_no_picture_or_has_no_class_is_reported_and_the_rest_goes_on(
    tmp_path, draw, project
):
    folder = tmp_path / "data"
    draw(folder / "cat/a.png", 1)
    draw(folder / "dog/b.png", 2)
    draw(folder / "stray.png", 3)
    (folder / "cat/notes.docx").write_text("x")
    (folder / "labels.csv").write_text("x")
    (folder / "nothing here").mkdir()
    report = import_source(project, folder)
    assert report.new == 2 and report.problem_count == 2
    titles = {problem.title: problem.cause for problem in report.problems}
    assert "A class folder is empty" in titles
    cause = titles["3 files were left out"]
    assert "stray.png" in cause and "notes.docx" in cause and "labels.csv" in cause
    assert [cls.name for cls in classes.all_classes(project)] == ["cat", "dog"]


def test_what_the_system_puts_there_is_nobodys_data(tmp_path, draw):
    draw(tmp_path / "cat/a.png", 1)
    for name in ("cat/.DS_Store", "cat/Thumbs.db", ".git/config", "__MACOSX/cat/._a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert found(tmp_path) == ({"cat/a.png": ("cat", None)}, [])


NAMES = ["with space", 'it\'s "so"', "Кошка", "🐈‍⬛", "x" * 251, "100%_sure", "a,b;c", "é"]
if os.name == "nt":
    NAMES = [name.replace('"', "") for name in NAMES]


def test_names_of_all_kinds(tmp_path, draw, project):
    for number, name in enumerate(NAMES):
        draw(tmp_path / "data" / name[:60] / f"{name}.png", number)
    report = import_source(project, tmp_path / "data")
    assert report.new == len(NAMES) and report.problems == []
    assert all(item.file.exists() and item.state == "checked" for item in items.each(project))
    assert labels_of(project) == {f"{name[:60]}/{name}.png": name[:60] for name in NAMES}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_reported(tmp_path, draw, project):
    draw(tmp_path / "data/cat/a.png", 1)
    source = os.fsencode(tmp_path / "data/cat/a.png")
    os.link(source, os.fsencode(tmp_path / "data/cat/") + b"/bad\xff.png")
    report = import_source(project, tmp_path / "data")
    assert report.new == 1 and report.problems[0].title == "The file's name cannot be stored"
    report.problems[0].subject.encode()  # what is shown and stored is text


def test_classes_come_in_the_order_a_person_expects(tmp_path, draw, project):
    for number, name in enumerate(["10", "9", "b", "A", "1"]):
        draw(tmp_path / "data" / name / "x.png", number)
    import_source(project, tmp_path / "data")
    assert [cls.name for cls in classes.all_classes(project)] == ["1", "9", "10", "A", "b"]


def test_text_files_in_class_folders(tmp_path, text_project):
    for name, text in (("praise/a.txt", "Good!"), ("blame/b.txt", "Bad."), ("blame/c.txt", " \n")):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text(text)
    report = import_source(text_project, tmp_path / "data")
    assert report.new == 2 and [p.title for p in report.problems] == ["The text is empty"]
    texts = {item.path: item.text for item in items.each(text_project)}
    assert texts == {"praise/a.txt": "Good!", "blame/b.txt": "Bad."}


def test_pictures_do_not_go_into_a_text_project_nor_texts_among_pictures(
    tmp_path, draw, project, text_project
):
    draw(tmp_path / "pictures/cat/a.png", 1)
    (tmp_path / "texts/cat").mkdir(parents=True)
    (tmp_path / "texts/cat/a.txt").write_text("miaow")
    for into, folder in ((text_project, "pictures"), (project, "texts")):
        with pytest.raises(ConfigurationError, match="another kind") as caught:
            import_source(into, tmp_path / folder)
        assert folder in caught.value.cause and items.counts(into)["items"] == 0


def test_detect(tmp_path, draw):
    draw(tmp_path / "data/cat/a.png", 1)
    (tmp_path / "x.CSV").write_text("a,b\n")
    (tmp_path / "x.docx").write_text("a,b\n")
    (tmp_path / "void").mkdir()
    assert detect(tmp_path / "data") == "class-folders" and detect(tmp_path / "x.CSV") == "csv"
    for name in ("x.docx", "void"):
        with pytest.raises(DataError, match="nothing here"):
            detect(tmp_path / name)
    with pytest.raises(DataError, match="gone"):
        detect(tmp_path / "nowhere")


def test_no_items(tmp_path, project):
    (tmp_path / "void/cat").mkdir(parents=True)
    with pytest.raises(DataError):
        import_source(project, tmp_path / "void")
    with pytest.raises(DataError, match="no items"):
        import_source(project, tmp_path / "void", format="class-folders")
    with pytest.raises(ConfigurationError) as caught:
        import_source(project, tmp_path / "void", format="telepathy")
    assert caught.value.subject == "format" and "class-folders" in caught.value.remedy


def test_films_without_an_extension_are_found_by_their_content(tmp_path, project, shared_data):
    source = shared_data("dicom") / "files"
    for path in ("sick/IM000001", "well/1.2.840.113619.2"):
        (tmp_path / "d" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / "MR2_J2KI.dcm", tmp_path / "d" / path)
    (tmp_path / "d/sick/README").write_text("hello")
    report = import_source(project, tmp_path / "d")
    assert report.new == 2 and report.broken == 0 and report.problem_count == 1
    assert {item.mode for item in items.each(project)} == {"MONOCHROME2"}


def test_names_of_folders_as_systems_write_them(tmp_path, project, draw):
    """An accent as a letter of its own, blanks around, and nothing but a blank."""
    for number, name in enumerate(["\u00fc", "u\u0308", " cat ", "cat", " "]):
        draw(tmp_path / f"data/{name}/{number}.png", number)
    report = import_source(project, tmp_path / "data")
    assert (report.new, report.labelled, set(report.classes)) == (5, 4, {"\u00fc", "cat"})


@pytest.mark.parametrize(("around", "split"), [
    ("images/", None), ("data/images/", None), ("images/train/", "train"),
    ("val2017/", "validation"),
])  # fmt: skip
def test_folders_of_pictures_are_no_classes(tmp_path, draw, around, split):
    draw(tmp_path / f"set/{around}a.png", 1)
    (tmp_path / "set/docs").mkdir()
    (tmp_path / "set/docs/x.json").write_text("{broken")
    request = Request(tmp_path / "set", "image")
    all_ = list(FORMAT.examples(request))
    assert [(one.label, one.split) for one in all_ if isinstance(one, Example)] == [(None, split)]
    assert any("x.json: Expecting" in one.cause for one in all_ if isinstance(one, GraftError))
    draw(tmp_path / f"set/{around}cat/b.png", 2)
    assert FORMAT.survey(request).classes == ("cat",)
    draw(tmp_path / "set/dog/c.png", 3)  # beside which the folder is one of a class
    assert set(FORMAT.survey(request).classes) == {"dog", around.partition("/")[0]}
