"""A folder that moved is found again by content, also when its files have other names."""

import shutil

import pytest

from engine.errors import Cancelled, ConfigurationError, DataError
from engine.exchange.importing import import_source
from engine.exchange.relocating import relocate
from engine.media.checking import check_items
from engine.progress import Cancel
from engine.store import items


@pytest.fixture
def moved(project, class_folders, tmp_path):
    """A project whose data lies elsewhere now, and is missed."""
    folder = class_folders(cat=5, dog=4)
    import_source(project, folder)
    (source, _) = items.sources(project)[0]
    shutil.move(folder, tmp_path / "new place")
    with project.writing() as db:
        db.execute("UPDATE item SET state = 'indexed'")
    assert check_items(project).broken == 9
    return project, source, tmp_path / "new place"


def content(project):
    return {item.id: (item.hash, item.class_id, item.split) for item in items.each(project)}


def test_the_same_folder_elsewhere(moved):
    project, source, place = moved
    before = content(project)
    report = relocate(project, source, place)
    assert (report.found, report.renamed, report.missing) == (9, 0, [])
    assert check_items(project).checked == 9 and content(project) == before
    assert all(item.file.is_relative_to(place) for item in items.each(project))


def test_files_that_were_renamed_and_sorted_anew(moved):
    project, source, place = moved
    before = content(project)
    (place / "all").mkdir()
    for number, file in enumerate(sorted(place.glob("*/*.png"), reverse=True)):
        file.rename(place / "all" / f"scan {number}.png")
    report = relocate(project, source, place)
    assert (report.found, report.renamed, report.missing) == (9, 9, [])
    assert check_items(project).checked == 9 and content(project) == before


def test_files_that_swapped_names_are_told_apart(moved):
    project, source, place = moved
    a, b = place / "cat/000.png", place / "cat/001.png"
    a.rename(place / "x")
    b.rename(a)
    (place / "x").rename(b)
    assert relocate(project, source, place).renamed == 2
    assert check_items(project).checked == 9


def test_what_is_missing_is_named_and_the_rest_found(moved):
    project, source, place = moved
    (place / "cat/003.png").unlink()
    (place / "dog/000.png").rename(place / "cat/003.png")
    report = relocate(project, source, place)
    assert (report.found, report.renamed, report.missing) == (8, 1, ["cat/003.png"])
    assert check_items(project).checked == 8
    assert items.counts(project)["broken"] == 1


def test_copies_of_one_file_are_each_found(project, tmp_path, draw):
    for name in ("a", "b"):
        draw(tmp_path / "d/x" / f"{name}.png", 1)
    import_source(project, tmp_path / "d")
    (source, _) = items.sources(project)[0]
    (tmp_path / "d").rename(tmp_path / "e")
    report = relocate(project, source, tmp_path / "e")
    assert (report.found, report.renamed) == (2, 0)
    assert sorted(item.path for item in items.each(project)) == ["x/a.png", "x/b.png"]


def test_the_wrong_folder_changes_nothing(moved, tmp_path, draw):
    project, source, _ = moved
    draw(tmp_path / "wrong/a.png", 900)
    before = [item.file for item in items.each(project)]
    with pytest.raises(DataError, match="None of the files"):
        relocate(project, source, tmp_path / "wrong")
    with pytest.raises(DataError, match="no such folder"):
        relocate(project, source, tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="no such source"):
        relocate(project, 99, tmp_path / "wrong")
    assert [item.file for item in items.each(project)] == before


def test_a_folder_that_other_items_lie_in_is_refused(moved, tmp_path, draw):
    project, source, _ = moved
    draw(tmp_path / "other/a.png", 900)
    import_source(project, tmp_path / "other")
    with pytest.raises(ConfigurationError, match="belongs to other items"):
        relocate(project, source, tmp_path / "other")


def test_it_can_be_broken_off(moved):
    project, source, place = moved
    before = [item.file for item in items.each(project)]
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        relocate(project, source, place, cancel=cancel)
    assert [item.file for item in items.each(project)] == before


def test_importing_at_the_new_place_knows_the_items(moved):
    project, source, place = moved
    relocate(project, source, place)
    report = import_source(project, place)
    assert (report.new, report.known) == (0, 9)
