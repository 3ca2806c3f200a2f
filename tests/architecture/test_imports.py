"""The direction of imports holds, and what the window imports brings no torch with it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter import cli

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = SETTINGS["tool"]["importlinter"]["contracts"]


def test_contracts_hold(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_the_contracts_would_notice(tmp_path):
    """The linter itself, on a tree that breaks the first rule."""
    package = tmp_path / "engine"
    package.mkdir()
    (package / "__init__.py").write_text("import PySide6\n")
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = engine\ninclude_external_packages = True\n"
        "[importlinter:contract:1]\nname = x\ntype = forbidden\n"
        "source_modules = engine\nforbidden_modules = PySide6\n"
    )
    code = "from importlinter import cli; raise SystemExit(cli.lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1 and "BROKEN" in done.stdout, done.stdout + done.stderr


def contract(words: str) -> dict:
    (found,) = [one for one in CONTRACTS if words in one["name"]]
    return found


def test_every_task_and_every_page_is_under_its_contract():
    """A new file or folder of its kind must be added to the list, or it would go unwatched."""
    shared = {"__init__", "base", "registry", "classification", "pictures"}
    tasks = {file.stem for file in (ROOT / "engine" / "tasks").glob("*.py")} - shared
    assert set(contract("Tasks")["modules"]) == {f"engine.tasks.{name}" for name in tasks}
    pages = {file.parent.name for file in (ROOT / "gui").glob("*/page.py")} - {"widgets"}
    assert set(contract("Pages")["modules"]) == {f"gui.{name}" for name in pages}


def run(code: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def torch_free() -> list[str]:
    names = [name for name in contract("free of torch")["source_modules"] if name != "gui"]
    found = []
    for name in names:
        place = ROOT / Path(*name.split("."))
        files = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        for file in files:
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            found.append(module.removesuffix(".__init__"))
    return found


@pytest.mark.parametrize("hidden", ["torch", "torchvision", "transformers", "accelerate"])
def test_no_heavy_library_comes_in_with_the_light_part(hidden):
    """Seen in a fresh interpreter: the linter reads imports, this runs them."""
    code = "".join(f"import {name}\n" for name in torch_free())
    code += f"import sys; assert {hidden!r} not in sys.modules"
    done = run(code, ROOT)
    assert done.returncode == 0, done.stderr


def test_the_engine_works_without_qt():
    code = "import sys\nsys.modules.update(PySide6=None, shiboken6=None, pyqtgraph=None)\n"
    code += "".join(f"import {name}\n" for name in torch_free())
    done = run(code, ROOT)
    assert done.returncode == 0, done.stderr
