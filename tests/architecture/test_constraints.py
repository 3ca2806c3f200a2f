"""constraints.txt pins every library that an install brings, on every system Graft runs on."""

import importlib.metadata
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
PINS = {canonicalize_name(name): version for name, version in (x.split("==") for x in LINES)}
NOT_LIBRARIES = {"pip"}  # comes with the environment
SYSTEMS = [
    {"sys_platform": s, "platform_system": p, "os_name": o, "platform_machine": m}
    for s, p, o, m in (
        ("linux", "Linux", "posix", "x86_64"),
        ("linux", "Linux", "posix", "aarch64"),
        ("darwin", "Darwin", "posix", "arm64"),
        ("win32", "Windows", "nt", "AMD64"),
    )
]
PYTHONS = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.7"}
    for minor in (11, 12, 13)
]


def asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(text) for text in sum(extras, project["dependencies"])]


def wanted_by(asked: Requirement) -> list[Requirement]:
    """What a library needs on any of the systems, as far as it is installed here."""
    try:
        needs = importlib.metadata.requires(asked.name) or []
    except importlib.metadata.PackageNotFoundError:
        return []  # a library of another system
    environments = [
        {**system, **python, "extra": extra}
        for system in SYSTEMS
        for python in PYTHONS
        for extra in ("", *asked.extras)
    ]
    return [
        need
        for need in map(Requirement, needs)
        if need.marker is None or any(need.marker.evaluate(e) for e in environments)
    ]


def test_every_library_is_pinned_for_every_system():
    todo, seen, unpinned = asked_for(), set(), {}
    while todo:
        asked = todo.pop()
        key = (canonicalize_name(asked.name), frozenset(asked.extras))
        if key in seen or key[0] in NOT_LIBRARIES:
            continue
        seen.add(key)
        version = PINS.get(key[0])
        if version is None or not asked.specifier.contains(version, prereleases=True):
            unpinned[str(asked)] = version
        todo += wanted_by(asked)
    assert not unpinned
    assert len(seen) > 80


def test_the_tests_run_with_the_pinned_versions():
    installed = {
        canonicalize_name(found.name): found.version for found in importlib.metadata.distributions()
    }
    assert not {
        name: (installed[name], version)
        for name, version in PINS.items()
        if installed.get(name, version) != version
    }


def test_no_address_is_named():
    for file in ("constraints.txt", "pyproject.toml", "Makefile", "tools/bootstrap.py"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "://" not in text, file
        assert "--index" not in text, file
