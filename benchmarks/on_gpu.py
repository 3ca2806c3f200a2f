"""Head only and everything on a GPU: Graft beside Trainer and a bare loop, all in float32."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch

from benchmarks import material, peers
from benchmarks.graft import graft, project


def main() -> None:
    material.need_data()
    if not torch.cuda.is_available():
        sys.exit("This benchmark needs a GPU of NVIDIA's, which is not on this machine.")
    torch.ones(8, device="cuda").matmul(torch.ones(8, device="cuda"))  # nobody pays for the start
    for learns, epochs in (("head", 10), ("all", 5)):
        work = material.Work(
            "mobilenet_v2", material.mobilenet(), learns, epochs=epochs, lr=1e-3, workers=8
        )
        with tempfile.TemporaryDirectory() as place, project(Path(place)) as opened:
            results = {"Graft": graft(work, opened, cache=learns == "head")[0]}
        results["transformers.Trainer"] = peers.trainer(work)
        results["bare loop"] = peers.bare_loop(work)
        name = torch.cuda.get_device_name()
        material.table(f"mobilenet_v2, {learns}, {epochs} epochs, 500 pictures, {name}", results)


if __name__ == "__main__":
    main()
