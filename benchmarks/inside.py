"""What is inside each model of the catalogue, from the meta device, with the libraries loaded.

python -m benchmarks.inside [NAME...]
"""

from __future__ import annotations

import statistics
import sys
import time

from engine import environment
from engine.models import catalogue

WANTED, ROUNDS, SHOWN = 2.0, 3, 8  # seconds; tries; the slowest


def main() -> None:
    environment.prepare()
    import torchvision.models  # noqa: F401 - a warm child has loaded both libraries
    import transformers  # noqa: F401

    from engine.models.whole.inside import inside

    found = []
    for name in sys.argv[1:] or [entry.name for entry in catalogue.entries()]:
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            told = inside(name)
            took.append(time.perf_counter() - began)
        found.append((statistics.median(took), max(took), name, len(told["modules"])))
    found.sort(reverse=True)
    print(f"\n{'':50}{'modules':>9}{'median s':>10}{'longest s':>11}")
    for median, longest, name, modules in found[:SHOWN]:
        print(f"{name:50}{modules:>9}{median:>10.2f}{longest:>11.2f}")
    slowest = max(one[1] for one in found)
    print(f"\n{len(found)} models, the longest of all tries {slowest:.2f} s (wanted: {WANTED:.1f})")


if __name__ == "__main__":
    main()
