"""Checkpoints: complete or invisible, each tensor once, damage noticed."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ResourceError, StorageError
from engine.store import checkpoints
from engine.store.checkpoints import Raw
from engine.store.project import Project

ROOT = Path(__file__).parents[3]


def raw(seed, size=1000):
    return Raw("uint8", (size,), bytes((seed * 7 + n) % 256 for n in range(size)))


def save(project, run, tensors, **more):
    values = {"epoch": 1, "step": 10, "best": False, "value": None, "state": {}, **more}
    return checkpoints.save(project, run, tensors, **values)


def stored(project):
    rows = project.checkpoints_db.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM tensor")
    return tuple(rows.fetchone())


def parts(project):
    return project.checkpoints_db.execute("SELECT count(*) FROM part").fetchone()[0]


def load(project, id):
    return {
        name: checkpoints.read(project, h) for name, h in checkpoints.hashes(project, id).items()
    }


def test_it_comes_back_as_it_was(project, monkeypatch):
    monkeypatch.setattr(checkpoints, "PART", 64)
    tensors = {
        "weight": raw(1),
        "scalar": Raw("float32", (), b"\0\0\x80?"),
        "none": Raw("int64", (0, 3), b""),
        "even": raw(2, 128),
        "view": Raw("uint8", (50,), memoryview(bytes(100))[25:75]),
    }
    id = save(project, 3, tensors, epoch=2, step=40, best=True, value=0.5, state={"lr": [1, 2]})
    found = checkpoints.latest(project, 3)
    assert found == checkpoints.Checkpoint(id, 3, 2, 40, True, True, 0.5, {"lr": [1, 2]})
    back = load(project, id)
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert (back[name].dtype, back[name].shape) == (tensor.dtype, tensor.shape)
        assert bytes(back[name].data) == bytes(tensor.data)


def test_the_hash_tells_type_and_shape_apart():
    data = bytes(8)
    kinds = [("float32", (2,)), ("int32", (2,)), ("float32", (1, 2)), ("float32", (2, 1))]
    assert len({Raw(dtype, shape, data).hash for dtype, shape in kinds}) == 4


def test_a_frozen_tensor_is_stored_once(project):
    frozen = raw(1, 100_000)
    first = save(project, 1, {"frozen": frozen, "head": raw(2)})
    before = stored(project)
    hash = checkpoints.hashes(project, first)["frozen"]
    second = save(project, 1, {"frozen": hash, "head": raw(3), "copy": frozen})
    count, size = stored(project)
    assert (count, size) == (before[0] + 1, before[1] + 1000)
    assert load(project, second)["frozen"].data == frozen.data


def test_best_latest_and_resumable(project):
    one = save(project, 1, {"a": raw(1)}, best=True)
    two = save(project, 1, {"a": raw(2)})
    three = save(project, 1, {"a": raw(3)}, resumable=False)
    assert checkpoints.best(project, 1).id == one
    assert checkpoints.latest(project, 1).id == three
    assert checkpoints.latest(project, 1, resumable=True).id == two
    assert checkpoints.latest(project, 2) is None and checkpoints.best(project, 2) is None


def test_pruning_frees_only_what_nobody_holds(project):
    shared, mine, kept = raw(1), raw(2), raw(3)
    one = save(project, 1, {"s": shared, "m": mine})
    two = save(project, 1, {"s": shared, "k": kept})
    other = save(project, 2, {"s": shared})
    checkpoints.prune(project, 1, keep=[two])
    assert checkpoints.hashes(project, one) == {}
    assert stored(project)[0] == 2
    checkpoints.prune(project, 1, keep=[])
    assert load(project, other)["s"].data == shared.data
    checkpoints.prune(project, 2, keep=[])
    assert stored(project) == (0, 0) and parts(project) == 0


def test_two_runs_save_and_prune_at_the_same_time(project):
    """They share tensors; no checkpoint that is kept may lose one."""
    failed = []

    def work(run):
        try:
            for step in range(25):
                tensors = {"frozen": raw(0), "early": raw(step), "own": raw(100 + run + step)}
                id = save(project, run, tensors, step=step)
                checkpoints.prune(project, run, keep=[id])
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(run,)) for run in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for run in (1, 2):
        found = load(project, checkpoints.latest(project, run).id)
        assert bytes(found["own"].data) == bytes(raw(100 + run + 24).data)
        assert bytes(found["early"].data) == bytes(raw(24).data)


def test_a_tensor_pruned_between_its_parts_and_the_checkpoint_is_stored_again(project, monkeypatch):
    real = checkpoints._put_again

    def prune_first(db, tensors, hashes):
        with Project.open(project.folder, hold=False) as other:
            assert other is not project
            db.execute("DELETE FROM tensor")
            db.execute("DELETE FROM part WHERE number = 0")
        real(db, tensors, hashes)

    monkeypatch.setattr(checkpoints, "_put_again", prune_first)
    id = save(project, 1, {"a": raw(1)})
    assert bytes(load(project, id)["a"].data) == bytes(raw(1).data)


def test_an_unchanged_tensor_that_is_gone_fails_the_save_and_leaves_nothing(project):
    with pytest.raises(StorageError, match="could not be completed"):
        save(project, 1, {"a": raw(1), "gone": "0" * 40})
    assert checkpoints.latest(project, 1) is None


def test_what_a_crash_leaves_is_invisible_and_swept(project, monkeypatch):
    monkeypatch.setattr(checkpoints, "PART", 100)
    kept = save(project, 1, {"a": raw(1)})
    code = (
        "import os, sys; from pathlib import Path\n"
        "from engine.store import checkpoints; from engine.store.project import Project\n"
        "checkpoints.PART = 100\n"
        "project = Project.open(Path(sys.argv[1]), hold=False)\n"
        "def die(*_): os.kill(os.getpid(), 9)\n"
        "checkpoints._put_again = die\n"
        "checkpoints.save(project, 1, {'a': checkpoints.Raw('uint8', (5000,), bytes(5000)),"
        " 'b': checkpoints.Raw('uint8', (300,), bytes(300))}, epoch=9, step=9, best=True,"
        " value=None, state={})\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(project.folder)], cwd=ROOT, check=False)
    assert done.returncode == -9 or os.name == "nt"
    assert checkpoints.latest(project, 1).id == kept
    assert stored(project)[0] == 3
    assert checkpoints.sweep(project) == 5300
    assert stored(project) == (1, 1000) and parts(project) == 10
    assert bytes(load(project, kept)["a"].data) == bytes(raw(1).data)


def test_a_full_disk_leaves_earlier_checkpoints_intact(project, monkeypatch):
    monkeypatch.setattr(checkpoints, "PART", 4096)
    kept = save(project, 1, {"a": raw(1, 50_000)})
    db = project.checkpoints_db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(ResourceError, match="disk is full"):
        save(project, 1, {"a": raw(2, 500_000)})
    assert checkpoints.latest(project, 1).id == kept
    assert bytes(load(project, kept)["a"].data) == bytes(raw(1, 50_000).data)
    db.execute("PRAGMA max_page_count = 1000000")
    assert checkpoints.sweep(project) == 0  # nothing whole was left behind
    again = save(project, 1, {"a": raw(2, 500_000)})
    assert bytes(load(project, again)["a"].data) == bytes(raw(2, 500_000).data)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE part SET data = zeroblob(length(data))",
        "DELETE FROM part WHERE number = 1",
        "UPDATE tensor SET dtype = 'float16'",
    ],
)
def test_damage_is_noticed(project, monkeypatch, damage):
    monkeypatch.setattr(checkpoints, "PART", 300)
    id = save(project, 1, {"a": raw(1)})
    with project.checkpoints_db.atomic():
        project.checkpoints_db.execute(damage)
    with pytest.raises(StorageError, match="damaged"):
        load(project, id)


def test_nothing_is_pickled(project):
    save(project, 1, {"a": raw(1)}, state={"rng": [1, 2, 3]})
    rows = project.checkpoints_db.execute("SELECT state FROM checkpoint").fetchall()
    assert rows == [('{"rng": [1, 2, 3]}',)]
    with pytest.raises(TypeError):
        save(project, 1, {}, state={"object": object()})


@settings(max_examples=12)
@given(st.binary(max_size=700), st.integers(1, 200))
def test_any_bytes_in_parts_of_any_size(tmp_path_factory, data, part):
    kept, checkpoints.PART = checkpoints.PART, part
    try:
        folder = tmp_path_factory.mktemp("p")
        with Project.create(folder / "p", "image-classification") as project:
            id = save(project, 1, {"a": Raw("uint8", (len(data),), data)})
            assert bytes(load(project, id)["a"].data) == data
    finally:
        checkpoints.PART = kept
