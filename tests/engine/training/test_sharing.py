"""Several processes that fill one feature cache between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.freezing.cache import FeatureCache
from engine.freezing.replay import find_cut
from engine.store import datasets
from engine.store.project import Project
from engine.tasks.registry import task as task_named
from engine.training.features import fill
from engine.training.recipe import Recipe
from engine.training.run import compose


def test_a_process_that_comes_late_computes_its_part_all_the_same(
    tmp_path: Path, project_for: Callable[..., Project], recipe_for: Callable[..., Recipe]
) -> None:
    recipe = recipe_for("vit")
    with project_for("vit") as project:
        task = task_named(project.task)
        network, phases = compose(task, recipe, 2)
        cut = find_cut(network, phases[0].plan)
        assert cut is not None
        dataset = datasets.snapshot(project)
        wanted = [(example, 0) for example in datasets.examples(project, dataset.id, "train")]
        keys = {(example.hash, 0) for example, _ in wanted}
        computed = []
        for rank in (0, 1, 2):  # one after another: each sees what those before it stored
            cache = FeatureCache(tmp_path / "features", "one")
            _, new = fill(
                cache, task, network, cut, task.reader(network, recipe), wanted, workers=2,
                problem=lambda example, error: None, tell=lambda *_: None,
                check=lambda: None, share=(rank, 3),
            )  # fmt: skip
            computed.append(new)
            left = cache.missing(keys)
            cache.close()
        assert left == []
        assert sum(computed) == len(keys)
