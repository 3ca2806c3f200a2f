"""A Layers page on a small network, and what tests look at in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.store.project import Project
from tests.gui.layered import Answers, answers


@pytest.fixture
def open_layers(make_window: Any, project: Path, qtbot: Any) -> Callable[..., Any]:
    """Opens the page on a small network. Other settings of the project are given by name."""

    def make(
        preset: str = "feature-extraction", child: Answers | None = None, **settings: Any
    ) -> Any:
        with Project.open(project) as stored:
            chosen = {"name": "resnet18", "title": "ResNet-18", "weights": None}
            stored.settings_set(model=chosen, preset=preset, **settings)
        window = make_window(project, make_child=child or answers())
        window.resize(1440, 900)
        window.show_page("layers")
        page = window.page
        qtbot.waitUntil(lambda: page.learning is not None)
        qtbot.waitUntil(lambda: page.tree.viewport().height() > 250)  # laid out
        return page

    return make


def node(page: Any, name: str) -> Any:
    nodes = page.studies.network.tree.nodes
    return next(one for one in nodes if name in (one.title, one.default, *one.names[:1]))


def states(page: Any) -> dict[str, str]:
    return {stage.title: page.learning.of(stage).words for stage in page.studies.network.stages}


def stored(page: Any, qtbot: Any) -> dict[str, Any]:
    """The recipe in the project, once nothing is being written any more."""
    qtbot.waitUntil(lambda: not page.session.jobs.busy)
    recipe: dict[str, Any] = page.session.project.setting("recipe", {})
    return recipe
