"""Head only, 10 epochs, mobilenet_v2, 500 pictures: Graft beside Trainer, fastai, a bare loop."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import material, peers
from benchmarks.graft import graft, project


def main() -> None:
    material.need_data()
    work = material.Work("mobilenet_v2", material.mobilenet(), "head")
    with tempfile.TemporaryDirectory() as place, project(Path(place)) as opened:
        results = {"Graft": graft(work, opened)[0]}
    results["transformers.Trainer"] = peers.trainer(work)
    results["fastai"] = peers.fastai(work)
    results["bare loop"] = peers.bare_loop(work)
    material.table("Head only, 10 epochs, mobilenet_v2, 500 pictures (wanted: 0.2)", results)


if __name__ == "__main__":
    main()
