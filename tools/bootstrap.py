"""Sets up what Graft needs to run from its folder: `.venv`, its libraries, Qt's system libraries.

    python3 tools/bootstrap.py run|demo|test|package ...

Standard library only. What is in place is left alone, so that a second start
takes a moment. Versions are those of constraints.txt.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import system_libraries

ROOT = Path(__file__).resolve().parent.parent
ENV = ROOT / ".venv"
STAMP = ENV / "graft-setup.json"
EXTRAS = {"run": (), "demo": (), "test": ("test",), "package": ("package",)}
OLDEST, NEWEST = (3, 11), (3, 13)
LARGE_DOWNLOAD = re.compile(
    r"\s*Downloading \S*?([^/\s-]+)-([^/\s-]+)-\S+ \((\d{2,}[.]\d MB|.* GB)\)"
)


class SetupError(Exception):
    """What went wrong and what to do, in words for the person who typed make."""


def main(arguments: list[str]) -> int:
    purposes = arguments or ["run"]
    unknown = [purpose for purpose in purposes if purpose not in EXTRAS]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(EXTRAS)}.", file=sys.stderr)
        return 2
    try:
        check_python()
        # The demo runs without a screen too; only the window needs all of Qt's libraries.
        system_libraries.ensure(needed=purposes != ["demo"])
        make_environment()
        install(sorted({extra for purpose in purposes for extra in EXTRAS[purpose]}))
    except (SetupError, system_libraries.Missing) as error:
        print(f"\nSet-up stopped. {error}", file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"This is Python {found}; Graft needs 3.11, 3.12 or 3.13.\n"
            "Install one of them and run again, for example: make PYTHON=python3.11 demo"
        )


def environment_python() -> Path:
    windows = sys.platform == "win32"
    return ENV / ("Scripts/python.exe" if windows else "bin/python")


def make_environment() -> None:
    """Makes .venv unless a whole one is there."""
    if STAMP.exists() and environment_python().exists():
        return
    if environment_python().exists() and _quiet([environment_python(), "-m", "pip", "--version"]):
        return
    print("Making .venv ...", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(ENV)], capture_output=True, text=True
    )
    if made.returncode:
        raise SetupError(
            f"The environment .venv could not be made:\n{made.stdout}{made.stderr}\n"
            "On Debian and Ubuntu the package python3-venv is needed; elsewhere check that "
            "this folder can be written."
        )


def install(extras: list[str]) -> None:
    """Installs the libraries of these sets in the pinned versions, unless that was done."""
    sets = requirements(extras)
    done = _read_stamp()
    if all(done.get(name) == _key(wanted) for name, wanted in sets.items()):
        return
    every = [library for wanted in sets.values() for library in wanted]
    print(f"Installing Graft's libraries ({len(every)} and what they need).", flush=True)
    print("The first time this fetches some GB and takes several minutes.", flush=True)
    started = time.monotonic()
    command = [
        str(environment_python()), "-m", "pip", "install", "--no-input",
        "--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off",
        "-c", str(ROOT / "constraints.txt"), *every,
    ]  # fmt: skip
    _pip(command)
    done.update({name: _key(wanted) for name, wanted in sets.items()})
    STAMP.write_text(json.dumps(done, indent=1), encoding="utf-8")
    print(f"Set up in {time.monotonic() - started:.0f} s.", flush=True)


def requirements(extras: list[str]) -> dict[str, list[str]]:
    """What each set asks for; the set 'base' is always in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    return {"base": project["dependencies"], **{extra: optional[extra] for extra in extras}}


def _key(wanted: list[str]) -> str:
    """Changes when a set does, or the versions that are pinned, or Python."""
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"  # its patches need no new set-up
    return hashlib.sha256("\n".join([*wanted, pinned, python]).encode()).hexdigest()


def _pip(command: list[str]) -> None:
    """Runs pip, showing its large downloads only; all it said when it fails."""
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if large := LARGE_DOWNLOAD.match(line):
                print("  {} {} ({})".format(*large.groups()), flush=True)
            elif line.startswith("Installing collected"):
                print("  unpacking ...", flush=True)
    if process.returncode:
        raise SetupError(
            f"pip could not install the libraries:\n{''.join(said[-25:])}\n"
            "Check the connection to your package index (a proxy or mirror is set in pip's own "
            "configuration) and that 15 GB are free on this disk, then run the same command "
            "again: it goes on from where it stopped."
        )


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _quiet(command: list[str | Path]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
