"""Last block and head of resnet18, 10 epochs, 500 pictures: Graft beside the others."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import material, peers
from benchmarks.graft import graft, project


def main() -> None:
    material.need_data()
    work = material.Work("resnet18", material.random_resnet18(), "last-block", lr=2e-3)
    with tempfile.TemporaryDirectory() as place, project(Path(place)) as opened:
        results = {"Graft": graft(work, opened)[0]}
    results["transformers.Trainer"] = peers.trainer(work)
    results["fastai"] = peers.fastai(work)
    material.table("Last block of resnet18, 10 epochs, 500 pictures (wanted: 0.5)", results)


if __name__ == "__main__":
    main()
