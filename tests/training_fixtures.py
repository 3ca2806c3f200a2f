"""Tiny models once a session, fresh tiny projects for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import environment

environment.prepare()

from engine.store.project import Project  # noqa: E402 - the libraries load after the switches
from engine.training.recipe import Recipe  # noqa: E402
from tests import tiny  # noqa: E402

# 'sound' is a network for pictures that is shown sounds.
MODELS = {"resnet": tiny.resnet, "vit": tiny.vit, "bert": tiny.bert, "sound": tiny.resnet}
PROJECTS = {"bert": tiny.text_project, "sound": tiny.sound_project}


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def find(name: str) -> Path:
        if name not in made:
            made[name] = MODELS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return find


@pytest.fixture
def project_for(tmp_path: Path) -> Iterator[Callable[[str], Project]]:
    opened: list[Project] = []

    def make(model: str) -> Project:
        build = PROJECTS.get(model, tiny.picture_project)
        opened.append(build(tmp_path / f"p{len(opened)}"))
        return opened[-1]

    yield make
    for project in opened:
        project.close()


@pytest.fixture
def recipe_for(model_folder: Callable[[str], Path]) -> Callable[..., Recipe]:
    def make(model: str, **choices: object) -> Recipe:
        defaults: dict[str, object] = {
            "model": model, "weights": str(model_folder(model)), "epochs": 3, "batch_size": 5,
            "seed": 7, "max_length": 32,
        }  # fmt: skip
        return Recipe(**{**defaults, **choices})  # type: ignore[arg-type]

    return make
