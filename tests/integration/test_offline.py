"""Graft works without a network, and does not so much as try to reach anybody."""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store.project import Project
from tests import tiny
from tests.sealed import Sealed

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "main.py", *(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealed:
    """A machine with nothing on it whose processes may reach nobody."""
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here" / name.lower()))
    for name in ("GRAFT_ONLINE", "HF_HUB_CACHE", "DO_NOT_TRACK"):
        monkeypatch.delenv(name, raising=False)
    return Sealed(tmp_path)


def run(sealed: Sealed, code: str, *arguments: object) -> str:
    """What a child says; it must end well and have tried to reach nobody."""
    call = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(call, cwd=ROOT, env=sealed.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sealed.tried == ""
    return done.stdout


def test_the_seal_sees_every_try(sealed: Sealed) -> None:
    code = """
import multiprocessing, socket, urllib.request, httpx2
def look():
    for work in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: httpx2.get("http://a"),
                 lambda: urllib.request.urlopen("http://b"), lambda: socket.gethostbyname("c")):
        try:
            work()
        except Exception:
            pass
look()
"""
    with pytest.raises(AssertionError):
        run(sealed, code)
    assert len(sealed.tried.splitlines()) == 4, sealed.tried


WINDOW = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
from gui.app import application
from gui.window import _PAGES, Window
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[2])
app = application(sys.argv[:1])
window = Window(keep_warm=False)
window.show()

def until(done):
    end = time.monotonic() + 60
    while not done() and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)
    assert done()

def settle():
    begun = time.monotonic()
    until(lambda: time.monotonic() - begun > 0.1)

for project in (None, Path(sys.argv[1])):
    if project is not None:
        window.open(project)
        until(lambda: window.session.facts is not None)
    for page in _PAGES:
        window.show_page(page)
        app.processEvents() if project is None else settle()
        assert not window.grab().isNull()
visited = set(window.pages)
window.close()
app.processEvents()
assert visited == set(_PAGES), visited
assert not {"torch", "transformers", "huggingface_hub"} & set(sys.modules)
print("visited")
"""


def test_the_window_opens_and_shows_its_pages(
    sealed: Sealed, model_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    with tiny.text_project(tmp_path) as project:
        project.settings_set(model={"name": "tiny", "weights": str(model_folder("bert"))})
        folder = project.folder
    said = run(sealed, WINDOW, folder, tmp_path / "settings")
    assert "visited" in said


TRAINED = """
import json, os, sys
import main
folder, pictures, texts, bert = sys.argv[1:]
for name, task, data, model in (
    ("p", "image-classification", pictures, ["squeezenet1_1", "--preset", "scratch"]),
    ("t", "text-classification", texts, ["clinic/tiny-bert"]),
):
    project = f"{folder}/{name}.graft"
    if name == "t":
        assert main.main(["models", "add", bert]) == 0
    columns = ["--text-column", "text", "--label-column", "label"] if name == "t" else []
    steps = [["new", project, "--task", task], ["import", project, data, *columns],
             ["train", project, "--model", *model, "--epochs", "1", "--batch-size", "8"],
             ["evaluate", project]]
    for step in steps:
        assert main.main(step) == 0, step
from huggingface_hub import constants
assert constants.HF_HUB_OFFLINE and constants.HF_HUB_DISABLE_TELEMETRY
assert {"torch", "transformers"} <= set(sys.modules)
"""


def test_pictures_and_texts_are_trained_on_to_the_end(
    sealed: Sealed, model_folder: Callable[[str], Path], class_folders: Callable[..., Path],
    tmp_path: Path,
) -> None:  # fmt: skip
    table = tmp_path / "tickets.csv"
    rows = [f"lost card {n},card\nlate fee {n},fee\n" for n in range(12)]
    table.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    bert = shutil.copytree(model_folder("bert"), tmp_path / "clinic--tiny-bert")
    data = class_folders(cat=12, dog=12)
    run(sealed, TRAINED, tmp_path, data, table, bert)
    for name in ("p", "t"):
        with Project.open(tmp_path / f"{name}.graft") as project:
            states = project.db.execute("SELECT state FROM run").fetchall()
        assert [state for (state,) in states] == ["finished"]


SWITCHES = """
import builtins, os, sys
wanted = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
seen = []
class First:
    def find_spec(self, name, path=None, target=None):
        if name in ("transformers", "huggingface_hub"):
            seen.append((name, [os.environ.get(one) for one in wanted]))
sys.meta_path.insert(0, First())
"""


@pytest.mark.parametrize(
    "way",
    [
        "import main; main.main(['models', 'list', '--json'])\n"
        "import huggingface_hub, transformers",
        "from engine import environment; environment.prepare()\n"
        "from engine.models import from_transformers",
    ],
)
def test_the_switches_are_set_before_the_libraries_are_read(way: str, sealed: Sealed) -> None:
    code = SWITCHES + way + """
assert seen, "nothing was imported"
assert all(values == ["1"] * len(wanted) for name, values in seen), seen
from huggingface_hub import constants
assert constants.HF_HUB_OFFLINE and constants.is_offline_mode()
assert constants.HF_HUB_DISABLE_TELEMETRY
"""  # fmt: skip
    run(sealed, code)


def test_a_child_of_the_window_sets_them_too(sealed: Sealed) -> None:
    """Of a process that has set nothing itself: the window's."""
    code = """
import os
from engine.models.shelf import apart
from engine.progress import Cancel
if __name__ == "__main__":
    assert "HF_HUB_OFFLINE" not in os.environ
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        assert apart.call("os:getenv", [name], Cancel()) == "1"
"""
    run(sealed, code)


@functools.cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """Everything that is written in what ships."""
    parsed = [(file, ast.parse(file.read_text(encoding="utf-8"))) for file in SOURCES]
    return [(file, node) for file, tree in parsed for node in ast.walk(tree)]


@functools.cache
def calls() -> list[tuple[Path, ast.Call, str]]:
    """Every call, and the name of what is called."""
    found = [(file, node) for file, node in nodes() if isinstance(node, ast.Call)]
    return [(file, node, ast.unparse(node.func)) for file, node in found]


def test_no_code_of_a_model_is_ever_trusted() -> None:
    for file, node in nodes():
        if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
            assert isinstance(node.value, ast.Constant) and node.value.value is False, file
        elif isinstance(node, ast.Constant) and node.value == "trust_remote_code":
            pytest.fail(f"{file}:{node.lineno} hands it over by its name")


def test_every_model_of_transformers_is_built_without_code_and_without_the_network() -> None:
    found = [(file, node) for file, node, name in calls() if name.endswith(".from_pretrained")]
    assert found
    for file, node in found:
        given = {one.arg: ast.unparse(one.value) for one in node.keywords}
        assert given.get("trust_remote_code") == "False", f"{file}:{node.lineno}"
        assert given.get("local_files_only") == "True", f"{file}:{node.lineno}"


def test_no_pickle_is_ever_loaded_as_one() -> None:
    reads = [(file, node) for file, node, name in calls() if name in ("torch.load", "load")]
    assert any(ast.unparse(node.func) == "torch.load" for _, node in reads)
    for file, node in reads:
        if ast.unparse(node.func) == "torch.load":
            given = {one.arg: ast.unparse(one.value) for one in node.keywords}
            assert given.get("weights_only") == "True", f"{file}:{node.lineno}"
    forbidden = ("pickle.load", "pickle.loads", "pickle.Unpickler", "joblib.load", "dill.load",
                 "dill.loads", "torch.hub.load", "torch.jit.load", "eval", "exec",
                 "marshal.loads")  # fmt: skip
    assert [f"{file}: {name}" for file, _, name in calls() if name in forbidden] == []
    for file, node in nodes():  # nor under another name
        if isinstance(node, ast.ImportFrom) and node.module in ("pickle", "torch"):
            assert not {"load", "loads", "Unpickler"} & {one.name for one in node.names}, file


def test_numpy_reads_no_pickle_either() -> None:
    for file, node, name in calls():
        if name in ("np.load", "numpy.load"):
            given = {one.arg: ast.unparse(one.value) for one in node.keywords}
            assert given.get("allow_pickle", "False") == "False", file


assert os.environ["HF_HUB_OFFLINE"] == "1"  # of the tests themselves, see conftest
