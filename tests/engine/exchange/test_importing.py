"""Imports as a whole: again, broken off, on a full disk, with splits of the data's own."""

import pytest

from engine.errors import Cancelled, ConfigurationError, ResourceError
from engine.events import Activity
from engine.exchange import importing, indexing
from engine.exchange.importing import import_source
from engine.progress import Cancel
from engine.store import classes, datasets, imports, items, labels
from engine.store.project import Project


def splits_of(project):
    return {item.path: item.split for item in items.each(project)}


def test_a_folder_comes_in_checked_labelled_and_split(project, class_folders):
    said = []
    report = import_source(project, class_folders(cat=20, dog=14), emit=said.append)
    assert report.format == "class-folders" and report.classes == ("cat", "dog")
    assert (report.new, report.known, report.labelled, report.broken) == (34, 0, 34, 0)
    assert sum(report.splits.values()) == 34 and all(report.splits.values())
    assert {item.state for item in items.each(project)} == {"checked"}
    assert datasets.snapshot(project).classes == ("cat", "dog")
    assert report.to_wire()["splits"] == report.splits
    texts = {one.text for one in said if isinstance(one, Activity)}
    assert texts == {"Reading files", "Storing", "Checking items"}


def test_the_same_data_again_changes_nothing(project, class_folders):
    folder = class_folders(cat=9, dog=9)
    import_source(project, folder)
    before = [(item.id, item.split, item.class_id) for item in items.each(project)]
    report = import_source(project, folder)
    assert (report.new, report.known, report.labelled) == (0, 18, 0)
    assert [(item.id, item.split, item.class_id) for item in items.each(project)] == before


def test_new_files_and_changed_files_are_taken_and_corrections_kept(project, class_folders, draw):
    folder = class_folders(cat=9, dog=9)
    import_source(project, folder)
    known = classes.ensure(project, ["cat", "dog"])
    first = next(items.each(project))
    assert first.class_id == known["cat"]
    labels.give(project, [(first.id, known["dog"])], "Ann")
    draw(folder / "cat/new.png", 500)
    draw(folder / "cat/001.png", 501, (30, 30))
    report = import_source(project, folder)
    assert (report.new, report.known, report.labelled) == (1, 18, 1)
    changed = next(item for item in items.each(project) if item.path == "cat/001.png")
    assert (changed.width, changed.state) == (30, "checked")
    assert items.load(project, [first.id])[0].class_id == known["dog"]


def test_a_file_that_moved_to_another_class_is_labelled_anew(tmp_path, project, draw):
    draw(tmp_path / "d/a.png", 1)
    table = tmp_path / "d/t.csv"
    for label in ("cat", "dog"):
        table.write_text(f"path,label\na.png,{label}\n")
        assert import_source(project, table).labelled == 1
    (item,) = items.each(project)
    assert [one.how for one in labels.history(project, item.id)] == ["import", "import"]


@pytest.fixture
def reading(monkeypatch):
    """Paths of the files that are read; `after` is called with their number."""
    read, after = [], []
    real = indexing._image_file

    def look(path, *more):
        found = real(path, *more)
        read.append(path)
        for one in after:
            one(len(read))
        return found

    monkeypatch.setattr(indexing, "_image_file", look)
    return read, after


def test_a_cancelled_import_stores_nothing_and_the_next_reads_no_file_twice(
    project, class_folders, reading, monkeypatch
):
    monkeypatch.setattr(importing, "BATCH", 10)
    folder, cancel = class_folders(cat=25, dog=20), Cancel()
    read, after = reading
    after.append(lambda count: cancel.set() if count == 21 else None)
    with pytest.raises(Cancelled):
        import_source(project, folder, cancel=cancel)
    assert items.counts(project)["items"] == 0 and imports.all_imports(project) == []
    assert 21 <= len(read) <= 24  # each thread may have one in hand
    after.clear()
    report = import_source(project, folder)
    assert (report.new, report.labelled, sum(report.splits.values())) == (45, 45, 45)
    assert len(read) <= 45 + 3 and set(read) == set(folder.rglob("*.png"))


def test_a_cancel_while_it_is_stored_stores_nothing(project, class_folders, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 10)
    folder, cancel, real = class_folders(cat=40), Cancel(), items.add

    def add(*more):
        cancel.set()
        return real(*more)

    monkeypatch.setattr(items, "add", add)
    with pytest.raises(Cancelled):
        import_source(project, folder, cancel=cancel)
    assert items.counts(project)["items"] == 0 and classes.all_classes(project) == []


def test_an_import_is_taken_back_as_one(project, class_folders):
    first = import_source(project, class_folders(cat=9, dog=9))
    back = imports.take_back(project, first.import_id)
    assert (back.items, back.labels, back.classes) == (18, 18, ("cat", "dog"))
    assert items.counts(project)["items"] == 0
    assert import_source(project, class_folders(cat=9, dog=9)).new == 18


def test_what_was_there_before_stands_where_it_stood(project, class_folders):
    """A table gives known pictures other labels, splits and groups, and is taken back."""
    folder = class_folders(cat=9, dog=9)
    import_source(project, folder)

    def placed():
        return [(item.id, item.class_id, item.split, item.group) for item in items.each(project)]

    before = placed()
    names = [item.path for item in items.each(project)]
    rows = [f"{name},bird,{('train', 'test')[n % 2]},p{n % 2}" for n, name in enumerate(names)]
    (folder / "x.csv").write_text("\n".join(["path,label,split,patient", *rows]))
    report = import_source(project, folder / "x.csv")
    assert (report.new, report.labelled) == (0, 18) and placed() != before
    imports.take_back(project, report.import_id)
    assert placed() == before


def test_a_full_disk_stores_nothing_and_says_so(project, class_folders, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 10)
    folder = class_folders(cat=40)
    real = items.add
    batches = []

    def add(*more):
        batches.append(1)
        if len(batches) == 3:
            pages = project.db.execute("PRAGMA page_count").fetchone()[0]
            project.db.execute(f"PRAGMA max_page_count = {pages}")
            project.db.execute("CREATE TEMP TABLE x (y)")
            project.db.execute("UPDATE setting SET value = zeroblob(500000)")
        return real(*more)

    monkeypatch.setattr(items, "add", add)
    with pytest.raises(ResourceError, match="disk is full"):
        import_source(project, folder)
    assert items.counts(project)["items"] == 0 and imports.all_imports(project) == []
    monkeypatch.undo()
    project.db.execute("PRAGMA max_page_count = 1000000")
    assert import_source(project, folder).new == 40


def test_broken_pictures_are_items_that_say_why_and_get_no_split(project, class_folders):
    folder = class_folders(cat=6, dog=6)
    (folder / "cat/000.png").write_bytes(b"")
    cut = (folder / "dog/000.png").read_bytes()[:-30]
    (folder / "dog/000.png").write_bytes(cut)
    report = import_source(project, folder)
    assert (report.new, report.broken, report.problem_count) == (12, 2, 2)
    broken = {item.path: item for item in items.each(project) if item.state == "broken"}
    assert set(broken) == {"cat/000.png", "dog/000.png"}
    assert all(item.split is None and item.problem for item in broken.values())
    assert sum(report.splits.values()) == 10


def test_problems_are_counted_but_not_kept_without_end(tmp_path, text_project):
    rows = "".join(f"text {n},\n" for n in range(450))
    (tmp_path / "x.csv").write_text(f"text,label\n{rows}")
    report = import_source(text_project, tmp_path / "x.csv")
    assert report.problem_count == 450 and len(report.problems) == 200


def test_one_class_and_a_class_of_one_item_come_in(project, class_folders):
    report = import_source(project, class_folders(cat=12))
    assert report.new == 12
    report = import_source(project, class_folders("more", cat=1, rare=1))
    (rare,) = (item for item in items.each(project) if item.path == "rare/000.png")
    assert rare.split == "train"


def test_splits_of_the_data_are_kept(project, class_folders):
    class_folders("data/train", cat=3, dog=3)
    class_folders("data/val", cat=2, dog=2)
    folder = class_folders("data/test", cat=2, dog=2).parent
    report = import_source(project, folder)
    assert report.splits == {"train": 6, "validation": 4, "test": 4} and report.notes == []
    assert all(
        {"train": "train", "val": "validation", "test": "test"}[path.split("/")[0]] == split
        for path, split in splits_of(project).items()
    )


def test_a_split_the_data_lacks_is_taken_from_train_and_stays_where_it_was(project, class_folders):
    class_folders("data/train", cat=30, dog=30)
    folder = class_folders("data/val", cat=5, dog=5).parent
    report = import_source(project, folder)
    assert report.splits["validation"] == 10 and 7 <= report.splits["test"] <= 12
    assert (
        "without a test split" in report.notes[0] and str(report.splits["test"]) in report.notes[0]
    )
    before = splits_of(project)
    assert all(split == "validation" for path, split in before.items() if path.startswith("val/"))
    class_folders("data/train", cat=34, dog=30)
    again = import_source(project, folder)
    after = splits_of(project)
    assert {path: after[path] for path in before} == before and again.new == 4
    assert again.notes == []


def test_data_without_training_items_says_so(project, class_folders):
    folder = class_folders("data/test", cat=3, dog=3).parent
    report = import_source(project, folder)
    assert report.splits == {"train": 0, "validation": 0, "test": 6}
    assert [problem.title for problem in report.problems] == ["There are no training items"]


def test_a_group_that_the_data_tears_goes_whole_to_one_split(tmp_path, text_project):
    rows = [(f"t{n}", "ab"[n % 2], "train", f"p{n // 3}") for n in range(30)]
    rows += [("x1", "a", "test", "p1"), ("x2", "b", "test", "q"), ("x3", "a", "val", "r")]
    table = "\n".join(",".join(row) for row in rows)
    (tmp_path / "x.csv").write_text(f"text,label,split,patient\n{table}\n")
    for _ in range(2):  # the same again
        report = import_source(text_project, tmp_path / "x.csv")
        (problem,) = report.problems
        assert problem.kind == "data" and "'p1'" in problem.cause and "train" in problem.cause
        torn = text_project.db.execute(
            "SELECT group_key FROM item GROUP BY group_key HAVING count(DISTINCT split) > 1"
        ).fetchall()
        assert torn == []
        splits = {item.text: item.split for item in items.each(text_project)}
        assert splits["x1"] == "train" and splits["x2"] == "test" and splits["x3"] == "validation"


def test_a_patient_that_comes_in_again_stays_in_its_split(tmp_path, text_project):
    first = "".join(f"t{n},{'ab'[n % 2]},p{n}\n" for n in range(40))
    (tmp_path / "x.csv").write_text(f"text,label,patient\n{first}")
    import_source(text_project, tmp_path / "x.csv")
    more = "".join(f"u{n},{'ab'[n % 2]},p{n}\n" for n in range(40))
    (tmp_path / "y.csv").write_text(f"text,label,patient\n{more}")
    import_source(text_project, tmp_path / "y.csv")
    split = {item.text: item.split for item in items.each(text_project)}
    assert all(split[f"t{n}"] == split[f"u{n}"] for n in range(40))


def test_an_import_while_another_reads(project, class_folders):
    with Project.open(project.folder, hold=False) as reader:
        import_source(project, class_folders(cat=3, dog=3))
        assert items.counts(reader)["items"] == 6


def test_real_pictures_with_two_of_three_splits(project, shared_data):
    report = import_source(project, shared_data("img_clothing"))
    assert (report.new, report.labelled, report.broken) == (620, 620, 0)
    assert report.splits["validation"] == 120 and 60 <= report.splits["test"] <= 90
    assert len(report.classes) == 10
    assert [problem.title for problem in report.problems] == ["3 files were left out"]


def test_the_awkward_corpus(project, shared_data):
    report = import_source(project, shared_data("bad_images") / "files")
    counts = items.counts(project)
    assert counts["items"] == report.new > 80 and counts["broken"] == report.broken == 19
    assert all(item.problem.remedy for item in items.each(project) if item.problem)


def test_a_project_is_never_read_as_data(project: Project) -> None:
    for source in (project.folder, project.database):
        with pytest.raises(ConfigurationError, match="A project is not data"):
            import_source(project, source)
