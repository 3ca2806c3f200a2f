"""A second run on the same data and backbone: nothing frozen is computed again."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

from benchmarks import material, peers
from benchmarks.graft import graft, project


def main() -> None:
    material.need_data()
    work = material.Work("mobilenet_v2", material.mobilenet(), "head")
    again = dataclasses.replace(work, seed=1, lr=2e-3)
    with tempfile.TemporaryDirectory() as place, project(Path(place)) as opened:
        first, before = graft(work, opened)
        second, after = graft(again, opened)
    results = {"Graft, second run": second, "Graft, first run": first}
    results["transformers.Trainer"] = peers.trainer(again)
    results["fastai"] = peers.fastai(again)
    material.table(
        "Second run, head only, 10 epochs, mobilenet_v2 (wanted: 0.05 of the others)",
        results, "Graft, second run",
    )  # fmt: skip
    computed = [sum(phase.computed for phase in phases) for phases in (before, after)]
    print(f"\nFeatures computed: {computed[0]} in the first run, {computed[1]} in the second.")


if __name__ == "__main__":
    main()
