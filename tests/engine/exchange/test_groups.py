"""Groups from names and from DICOM patients, who stay unnamed."""

import re
import shutil

import numpy as np
import pytest

from engine.errors import ConfigurationError
from engine.exchange.groups import patient_group, preview_groups
from engine.exchange.importing import import_source
from engine.media.dicom import kin
from engine.store import items
from engine.store.project import Project
from tests.engine.media.made import dicom


def test_a_preview_of_what_a_pattern_makes_of_names():
    paths = ["cat/patient12_3.png", "dog/patient7_1.png", "dog/unknown.png"]
    assert preview_groups(paths, r"(patient\d+)_") == [
        (paths[0], "patient12"), (paths[1], "patient7"), (paths[2], None),
    ]  # fmt: skip
    assert preview_groups(["a/b.png"], r"^(x?)") == [("a/b.png", None)]
    assert preview_groups(["a/b.png"], r"(?:a)/(.)") == [("a/b.png", "b")]


@pytest.mark.parametrize("pattern", ["(", "patient", "(a)(b)", "*"])
def test_a_pattern_that_cannot_be_used(pattern, project, class_folders):
    with pytest.raises(ConfigurationError) as caught:
        preview_groups(["a"], pattern)
    assert caught.value.subject == "group_pattern" and pattern in caught.value.cause
    folder = class_folders(cat=2)
    with pytest.raises(ConfigurationError):
        import_source(project, folder, group_pattern=pattern)
    assert items.counts(project)["items"] == 0


def test_groups_from_names_keep_a_patient_in_one_split(tmp_path, project, draw):
    for number in range(60):
        draw(tmp_path / "d" / "ab"[number % 2] / f"patient{number // 4}_{number}.png", number)
    import_source(project, tmp_path / "d", group_pattern=r"(patient\d+)_")
    where: dict = {}
    for item in items.each(project):
        where.setdefault(item.group, set()).add(item.split)
    assert len(where) == 15 and all(len(splits) == 1 for splits in where.values())
    assert {split for splits in where.values() for split in splits} == {
        "train", "validation", "test",
    }  # fmt: skip


def test_a_pattern_given_later_groups_the_items_that_are_there(tmp_path, project, draw):
    for number in range(30):
        draw(tmp_path / "d" / "ab"[number % 2] / f"p{number // 3}_{number}.png", number)
    import_source(project, tmp_path / "d")
    assert items.counts(project)["groups"] == 0
    report = import_source(project, tmp_path / "d", group_pattern=r"(p\d+)_")
    assert report.known == 30 and items.counts(project)["groups"] == 10
    torn = project.db.execute(
        "SELECT group_key FROM item GROUP BY group_key HAVING count(DISTINCT split) > 1"
    ).fetchall()
    assert torn == []


def test_a_column_goes_before_a_pattern(tmp_path, project, draw):
    draw(tmp_path / "p1_a.png", 1)
    draw(tmp_path / "p2_b.png", 2)
    (tmp_path / "t.csv").write_text("path,label,patient\np1_a.png,x,Ann\np2_b.png,y,\n")
    import_source(project, tmp_path / "t.csv", group_pattern=r"(p\d)")
    assert [item.group for item in items.each(project)] == ["Ann", "p2"]


@pytest.mark.parametrize(
    ("groups", "lacking", "words"), [(1, ["validation", "test"], "one group"), (2, ["test"], "2")]
)
def test_too_few_groups_for_all_splits_are_told(groups, lacking, words, tmp_path, text_project):
    rows = "".join(f"text {n},{'xy'[n % 2]},g{n // 2 % groups}\n" for n in range(24))
    (tmp_path / "t.csv").write_text("text,label,patient\n" + rows)
    report = import_source(text_project, tmp_path / "t.csv")
    (note,) = report.notes
    assert " and ".join(lacking) in note and words in note
    assert not any(report.splits.get(split) for split in lacking)


def test_dicom_patients_are_groups_and_nobody_reads_who_they_are(tmp_path, project, shared_data):
    source = shared_data("dicom") / "files"
    names = ["MR2_J2KI.dcm", "RG1_J2KI.dcm", "OBXXXX1A.dcm", "OBXXXX1A_2frame.dcm"]
    for name in names:
        (tmp_path / "d" / "x").mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, tmp_path / "d" / "x" / name)
    import_source(project, tmp_path / "d")
    groups = {item.path.split("/")[1]: item.group for item in items.each(project)}
    patients = {name: kin(source / name) for name in names}
    for one in names:
        for other in names:
            assert (groups[one] == groups[other]) == (patients[one] == patients[other])
    assert all(
        re.fullmatch(r"(patient|study)-[0-9a-f]{16}", group) for group in groups.values() if group
    )
    project.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = project.database.read_bytes()
    for _, value in filter(None, patients.values()):
        assert value.encode() not in stored


def test_pictures_of_one_study_stay_together_where_the_patient_was_taken_out(tmp_path, project):
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    (tmp_path / "d" / "x").mkdir(parents=True)
    said = [("", "1.2.3"), (None, "1.2.3"), ("", "1.2.4"), ("", ""), ("Doe", "1.2.3")]
    for number, (patient, study) in enumerate(said):
        tags = {} if patient is None else {"PatientID": patient}
        path = tmp_path / "d" / "x" / f"{number}.dcm"
        dicom(path, values + number, StudyInstanceUID=study, **tags)
    import_source(project, tmp_path / "d")
    groups = [item.group for item in sorted(items.each(project), key=lambda item: item.path)]
    assert groups[0] == groups[1] and groups[0].startswith("study-")
    assert groups[2].startswith("study-") and groups[2] != groups[0]
    assert groups[3] is None and groups[4].startswith("patient-")
    assert b"1.2.4" not in project.database.read_bytes()


def test_the_hash_has_a_key_of_the_projects_own(tmp_path, project, shared_data):
    file = shared_data("dicom") / "files" / "OBXXXX1A.dcm"
    assert kin(file)
    with Project.create(tmp_path / "other", "image-classification") as other:
        assert patient_group(project, kin, file) == patient_group(project, kin, file)
        assert patient_group(project, kin, file) != patient_group(other, kin, file)


def test_patients_may_be_left_out(tmp_path, project, shared_data):
    (tmp_path / "d").mkdir()
    shutil.copy(shared_data("dicom") / "files" / "OBXXXX1A.dcm", tmp_path / "d")
    import_source(project, tmp_path / "d", patient_groups=False)
    assert [item.group for item in items.each(project)] == [None]
