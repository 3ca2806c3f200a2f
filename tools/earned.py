"""Weights for the tour: a network of torchvision's that learned the digits 0 to 4.

python -m tools.earned FOLDER WEIGHTS MODEL SIZE
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine import environment


def earn_weights(folder: Path, weights: Path, model: str, size: int) -> None:
    """Trains from scratch in `folder` and keeps the best weights as the file `weights`."""
    from safetensors.torch import save_file

    from engine.exchange.digits import write_digits
    from engine.exchange.importing import import_source
    from engine.progress import silent
    from engine.store import runs
    from engine.store.project import Project
    from engine.training.recipe import Recipe
    from engine.training.run import train
    from engine.training.worker import open_run

    write_digits(folder / "digits-0-to-4", range(5))
    with Project.create(folder / "digits-0-to-4.graft", "image-classification") as project:
        import_source(project, folder / "digits-0-to-4")
        recipe = Recipe(
            model, preset="scratch", image_size=size, epochs=12, batch_size=32, seed=0, lr=2e-3,
            augmentation="light",
        )  # fmt: skip
        ended = train(project, recipe, silent)
        assert ended.state == "finished", ended.error
        network, _, _ = open_run(project, runs.load(project, ended.run))
        save_file({n: t.contiguous() for n, t in network.model.state_dict().items()}, weights)


if __name__ == "__main__":
    environment.prepare()
    earn_weights(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
