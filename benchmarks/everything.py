"""Everything learns, 2 epochs, mobilenet_v2, 500 pictures: Graft beside Trainer and fastai."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import material, peers
from benchmarks.graft import graft, project


def main() -> None:
    material.need_data()
    work = material.Work("mobilenet_v2", material.mobilenet(), "all", epochs=2, lr=1e-3)
    with tempfile.TemporaryDirectory() as place, project(Path(place)) as opened:
        results = {"Graft": graft(work, opened, cache=False)[0]}
    results["transformers.Trainer"] = peers.trainer(work)
    results["fastai"] = peers.fastai(work)
    material.table("Everything learns, 2 epochs, 500 pictures (wanted: 1.0)", results)


if __name__ == "__main__":
    main()
