"""Qt's system libraries on Linux: found by loading them, installed on Debian as root."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# What PySide6's own files ask for, and Debian's package for each.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
FONTS = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


class Missing(Exception):
    """System packages that must be there and are not, with the command that installs them."""


def ensure(needed: bool) -> None:
    """Looks for what Qt and Python's venv need; installs it as root on Debian.

    Args:
        needed: without Qt's libraries the work cannot go on. Otherwise their
            absence is only mentioned.

    Raises:
        Missing: something needed lacks and cannot be installed from here.
    """
    if not sys.platform.startswith("linux"):
        return
    packages = missing_packages()
    if packages and _may_install():
        _install(packages)
        packages = missing_packages()
    if not packages:
        return
    command = "apt-get update && apt-get install -y " + " ".join(packages)
    if os.geteuid() != 0:
        command = f"sudo sh -c '{command}'"
    words = (
        f"Some system packages are missing: {' '.join(packages)}.\n"
        f"On Debian and Ubuntu this one command installs them:\n\n  {command}\n\n"
        "On other systems install the packages of the same purpose."
    )
    if needed or _venv_package() in packages:
        raise Missing(words)
    print(f"Going on without a window. {words}", file=sys.stderr)


def missing_packages() -> list[str]:
    """Debian's names of what lacks, in alphabetical order."""
    packages = {package for name, package in LIBRARIES.items() if not _loads(name)}
    if not _has_fonts():
        packages.add(FONTS)
    if importlib.util.find_spec("ensurepip") is None:
        packages.add(_venv_package())
    return sorted(packages)


def _venv_package() -> str:
    return f"python3.{sys.version_info.minor}-venv"


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    for folder in FONT_FOLDERS:
        for kind in ("*.ttf", "*.otf", "*.ttc"):
            if any(Path(folder).expanduser().rglob(kind)):
                return True
    return False


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: list[str]) -> None:
    print(f"Installing system packages: {' '.join(packages)} ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update"],
        ["install", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments],
            env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode and arguments[0] == "install":
            raise Missing(
                f"apt-get could not install them:\n{done.stdout[-2000:]}{done.stderr[-2000:]}\n"
                "Check the connection and the package sources, then run the same command again."
            )
