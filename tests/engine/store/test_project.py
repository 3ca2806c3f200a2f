"""Making, opening, sharing and refusing projects."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import ConfigurationError, StorageError
from engine.store import classes, items
from engine.store.items import NewItem
from engine.store.project import Project

ROOT = Path(__file__).parents[3]


def test_a_project_is_found_again_as_it_was(tmp_path):
    with Project.create(tmp_path / "films", "image-classification") as made:
        classes.ensure(made, ["cat", "dog"])
        key = made.setting("group_key")
    assert (tmp_path / "films.graft").is_dir()
    with Project.open(tmp_path / "films") as opened:
        assert opened.name == "films" and opened.task == "image-classification"
        assert opened.setting("group_key") == key and len(key) == 64
        assert [cls.name for cls in classes.all_classes(opened)] == ["cat", "dog"]


def test_two_projects_have_different_keys(tmp_path):
    keys = set()
    for name in ("a", "b"):
        with Project.create(tmp_path / name, "image-classification") as made:
            keys.add(made.setting("group_key"))
    assert len(keys) == 2


def test_names_of_all_kinds(tmp_path):
    for name in ("with space", "it's", "Снимки", "🩻", "v1.2"):
        with Project.create(tmp_path / name, "text-classification"):
            pass
        with Project.open(tmp_path / name) as opened:
            assert opened.name == name


def test_an_unknown_task_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        Project.create(tmp_path / "x", "mind-reading")
    assert caught.value.subject == "task" and not (tmp_path / "x.graft").exists()


def test_what_is_there_is_not_overwritten(project):
    with pytest.raises(StorageError, match="exists already"):
        Project.create(project.folder, "image-classification")


def test_no_project_there(tmp_path):
    with pytest.raises(StorageError, match="no project here"):
        Project.open(tmp_path / "nothing")


def test_one_writer_at_a_time_also_across_processes(project):
    with pytest.raises(StorageError, match="open in another Graft") as caught:
        Project.open(project.folder)
    assert str(os.getpid()) in caught.value.cause
    code = (
        "import sys; from pathlib import Path; from engine.store.project import Project\n"
        "from engine.errors import StorageError\n"
        "try: Project.open(Path(sys.argv[1]))\n"
        "except StorageError as error: print(error.title)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project.folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "The project is open in another Graft"


def test_a_second_opener_may_read_and_the_first_goes_on_writing(project):
    with Project.open(project.folder, hold=False) as second:
        classes.ensure(project, ["cat"])
        assert [cls.name for cls in classes.all_classes(second)] == ["cat"]
        classes.ensure(second, ["dog"])  # as the training child does
    assert [cls.name for cls in classes.all_classes(project)] == ["cat", "dog"]


def test_the_lock_is_free_again_after_close(tmp_path):
    Project.create(tmp_path / "p", "image-classification").close()
    Project.open(tmp_path / "p").close()
    Project.open(tmp_path / "p").close()
    assert not (tmp_path / "p.graft" / "lock.owner").exists()


def test_the_lock_is_free_after_the_holder_was_killed(tmp_path):
    Project.create(tmp_path / "p", "image-classification").close()
    code = (
        "import os, sys; from pathlib import Path; from engine.store.project import Project\n"
        "held = Project.open(Path(sys.argv[1])); held.settings_set(x=1)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "p")], cwd=ROOT, check=False)
    with Project.open(tmp_path / "p") as opened:
        assert opened.setting("x") == 1


@pytest.mark.parametrize("damage", [b"this is not a database, it is a letter" * 300, b"\0" * 9000])
def test_a_damaged_file_is_named(tmp_path, damage):
    Project.create(tmp_path / "p", "image-classification").close()
    file = tmp_path / "p.graft" / "project.sqlite"
    file.write_bytes(damage)
    with pytest.raises(StorageError) as caught:
        Project.open(tmp_path / "p")
    assert caught.value.remedy and file.read_bytes() == damage


def test_a_file_damaged_in_the_middle_is_named(tmp_path):
    with Project.create(tmp_path / "p", "image-classification") as made:
        source = items.source_id(made, tmp_path)
        items.add(made, source, [NewItem(f"{n}", "image", "h" * 60, 1) for n in range(3000)])
    file = tmp_path / "p.graft" / "project.sqlite"
    content = bytearray(file.read_bytes())
    for page in range(20, len(content) // 4096, 2):
        content[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
    file.write_bytes(content)
    with (
        pytest.raises(StorageError, match="damaged"),
        Project.open(tmp_path / "p") as opened,
        opened.writing(),
    ):
        list(items.each(opened))


@pytest.mark.parametrize("content", ["", "CREATE TABLE recipes (name TEXT)"])
def test_a_database_that_is_no_project_is_refused_and_left_alone(tmp_path, content):
    folder = tmp_path / "p.graft"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "project.sqlite")) as db:
        db.executescript(content)
        db.execute("PRAGMA user_version = 1")
    with pytest.raises(StorageError, match="not a Graft project"):
        Project.open(folder)


def test_a_task_from_the_future_is_refused(tmp_path):
    with Project.create(tmp_path / "p", "image-classification") as made:
        made.settings_set(task="smell-classification")
    with pytest.raises(StorageError, match="newer Graft"):
        Project.open(tmp_path / "p")


def test_threads_get_connections_of_their_own_and_take_them_along(project):
    seen = []

    def work():
        project.settings_set(**{threading.current_thread().name: 1})
        seen.append(id(project.db))

    for number in range(20):
        thread = threading.Thread(target=work, name=f"t{number}")
        thread.start()
        thread.join()
    assert all(project.setting(f"t{number}") == 1 for number in range(20))
    open_now = sum(closing.alive for closing in project._open)
    assert open_now <= 2, f"{open_now} connections are open after their threads ended"


def test_a_project_that_moved_with_its_data_finds_it(tmp_path, draw):
    draw(tmp_path / "old/data/a.png")
    with Project.create(tmp_path / "old/p", "image-classification") as made:
        source = items.source_id(made, tmp_path / "old/data")
        items.add(made, source, [NewItem("a.png", "image", "h", 1)])
    (tmp_path / "old").rename(tmp_path / "new")
    with Project.open(tmp_path / "new/p") as opened:
        (item,) = items.load(opened, items.ids(opened))
        assert item.file == tmp_path / "new/data/a.png" and item.file.exists()
        assert next(items.each(opened)).file == item.file
        assert items.source_id(opened, tmp_path / "new/data") == source


# In a process of its own, which gives up its rights: root may write anywhere.
READ_ONLY = """
import json, os, sys
from pathlib import Path
folder = Path(sys.argv[1])
from engine.errors import StorageError
from engine.media.images import read_image
from engine.media.thumbnails import Thumbnails, encode
from engine.store import classes, items
from engine.store.project import Project
from sqlite_utils import Database
# Loads what perhaps only root may read: the interpreter's own modules.
encode(read_image(folder.parent / "data/a.png"))
Database(memory=True).close()
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
said = {}
with Project.open(folder) as project:
    said["readonly"] = project.readonly
    said["classes"] = [cls.name for cls in classes.all_classes(project)]
    said["counts"] = items.counts(project)
    try:
        classes.ensure(project, ["new"])
    except StorageError as error:
        said["refused"] = error.title
    (item,) = items.load(project, items.ids(project))
    thumbnails = Thumbnails(project.cache)
    said["thumbnail"] = len(thumbnails.get(item.file, item.hash))
    thumbnails.close()
print(json.dumps(said))
"""


@pytest.fixture
def read_only_project(draw):
    """In a place that everybody can reach but nobody else can write to."""
    top = Path(tempfile.mkdtemp(prefix="graft-test-"))
    picture = draw(top / "data/a.png")
    with Project.create(top / "p", "image-classification") as made:
        classes.ensure(made, ["cat"])
        items.add(made, items.source_id(made, picture.parent), [NewItem("a.png", "image", "h", 1)])
    for path in [top, *top.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield top / "p.graft"
    for path in [top, *top.rglob("*")]:
        if path.is_dir():
            path.chmod(stat.S_IRWXU)
    shutil.rmtree(top)


@pytest.mark.skipif(os.name == "nt", reason="rights work differently on Windows")
@pytest.mark.parametrize("leftover", [False, True])
def test_a_read_only_project_opens_for_reading(read_only_project, leftover):
    if leftover:  # as after a copy of a project that was open
        read_only_project.chmod(0o755)
        (read_only_project / "project.sqlite-wal").touch(0o444)
        read_only_project.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(read_only_project)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["readonly"] is True and said["classes"] == ["cat"] and said["counts"]["items"] == 1
    assert said["refused"] == "The project is open for reading only" and said["thumbnail"] > 100
