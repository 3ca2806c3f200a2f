"""Peak memory of the engine's process while it trains on 1,000 and on 10,000 items."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import material
from benchmarks.graft import graft, project

SIZES = (2, 17)  # copies of the 620 pictures: about 1,000 and 10,000 items


def main() -> None:
    material.need_data()
    print("\nPeak memory while training, one epoch, head only, mobilenet_v2, batches of 32\n")
    print(f"{'items':>8}{'peak MB':>10}{'seconds':>10}")
    peaks = []
    for copies in SIZES:
        # A process of its own: a peak never comes down again.
        command = [sys.executable, "-m", "benchmarks.memory", str(copies)]
        said = subprocess.run(
            command, cwd=material.ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        items, peak, seconds = said.stdout.split()[-3:]
        peaks.append(float(peak))
        print(f"{items:>8}{float(peak):10.0f}{float(seconds):10.1f}")
    print(f"\nThe larger takes {peaks[-1] / peaks[0]:.2f} times the memory of the smaller.")


def measure(copies: int) -> None:
    work = material.Work("mobilenet_v2", material.mobilenet(), "head", epochs=1)
    with tempfile.TemporaryDirectory() as place, project(Path(place), copies) as opened:
        result, _ = graft(work, opened)
        items = opened.db.execute("SELECT count(*) FROM item").fetchone()[0]
    print(items, peak_megabytes(), result.seconds)


def peak_megabytes() -> float:
    """Of this process since it began."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset / 2**20)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
