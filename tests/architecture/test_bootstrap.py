"""Set-up: what lacks is named with its remedy, and what is in place is left alone."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENV", tmp_path / "env")
    monkeypatch.setattr(module, "STAMP", tmp_path / "env" / "graft-setup.json")
    return module


def test_an_environment_is_made_once(bootstrap, monkeypatch):
    bootstrap.make_environment()
    assert (
        subprocess.run([bootstrap.environment_python(), "-m", "pip", "--version"]).returncode == 0
    )
    bootstrap.STAMP.write_text("{}")
    monkeypatch.setattr(bootstrap.subprocess, "run", pytest.fail)
    bootstrap.make_environment()


def test_a_half_made_environment_is_made_again(bootstrap):
    python = bootstrap.environment_python()
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)  # no pyvenv.cfg, no pip of its own
    (bootstrap.ENV / "left").write_text("")
    bootstrap._quiet = lambda command: False
    bootstrap.make_environment()
    assert not (bootstrap.ENV / "left").exists()


def test_installed_sets_are_not_installed_again(bootstrap, monkeypatch):
    ran = []
    monkeypatch.setattr(bootstrap, "_pip", ran.append)
    bootstrap.ENV.mkdir()
    bootstrap.install(["test"])
    bootstrap.install(["test"])
    assert len(ran) == 1
    assert any(word.startswith("pytest") for word in ran[0])
    bootstrap.install([])
    assert len(ran) == 1
    bootstrap.install(["package"])
    assert len(ran) == 2
    assert any(word.startswith("pyinstaller") for word in ran[1])
    assert not any(word.startswith("pytest") for word in ran[1])


@pytest.mark.parametrize(
    "damaged", ["", "[]", "{broken", json.dumps({"base": "old", "test": "old"})]
)
def test_a_changed_or_damaged_stamp_installs_again(bootstrap, monkeypatch, damaged):
    ran = []
    monkeypatch.setattr(bootstrap, "_pip", ran.append)
    bootstrap.ENV.mkdir()
    bootstrap.STAMP.write_text(damaged)
    bootstrap.install(["test"])
    assert len(ran) == 1


def test_a_failed_install_says_what_pip_said_and_leaves_no_stamp(bootstrap, monkeypatch, capsys):
    def pip(command):
        run([sys.executable, "-c", "print('No matching distribution'); raise SystemExit(1)"])

    run = bootstrap._pip
    monkeypatch.setattr(bootstrap, "_pip", pip)
    monkeypatch.setattr(bootstrap.system_libraries, "ensure", lambda needed: None)
    monkeypatch.setattr(bootstrap, "make_environment", bootstrap.ENV.mkdir)
    assert bootstrap.main(["test"]) == 1
    said = capsys.readouterr().err
    assert "No matching distribution" in said
    assert "run the same command again" in said
    assert not bootstrap.STAMP.exists()


def test_an_old_python_is_refused(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    with pytest.raises(bootstrap.SetupError, match="3.9.2"):
        bootstrap.check_python()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for Linux libraries")
class TestSystemLibraries:
    @pytest.fixture
    def system(self, bootstrap, monkeypatch):
        module = bootstrap.system_libraries
        monkeypatch.setattr(module, "_may_install", lambda: False)
        return module

    def test_a_missing_library_gives_the_one_command(self, system, monkeypatch):
        monkeypatch.setitem(system.LIBRARIES, "libnowhere.so.9", "libnowhere9")
        with pytest.raises(system.Missing, match="apt-get install -y .*libnowhere9"):
            system.ensure(needed=True)

    def test_the_demo_goes_on_without_a_window(self, system, monkeypatch, capsys):
        monkeypatch.setitem(system.LIBRARIES, "libnowhere.so.9", "libnowhere9")
        system.ensure(needed=False)
        assert "libnowhere9" in capsys.readouterr().err

    def test_fonts_are_looked_for(self, system, monkeypatch, tmp_path):
        monkeypatch.setattr(system, "FONT_FOLDERS", (str(tmp_path),))
        assert system.FONTS in system.missing_packages()
        (tmp_path / "a.ttf").write_text("")
        assert system.FONTS not in system.missing_packages()

    def test_every_library_that_qt_asks_for_is_in_the_list(self, system):
        """Against PySide6 as installed: what its window plugin cannot find must be known here."""
        pyside = Path(importlib.util.find_spec("PySide6").origin).parent
        plugin = pyside / "Qt" / "plugins" / "platforms" / "libqxcb.so"
        found = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True).stdout
        missing = {line.split()[0] for line in found.splitlines() if "not found" in line}
        assert missing <= set(system.LIBRARIES)
