"""One click in Graft beside fastai, Trainer and logistic regression, with few labels.

    python -m benchmarks.quality run [SET...]     appends to RESULTS what is not there yet
    python -m benchmarks.quality table            prints the table of what is there

Everyone gets the same weights, the same labelled items (for validation, too, those who
want it) and the same time: what Graft took for them, few.SECONDS of one core at least,
counted in the processor's own time from the first look at the items to the test items, so
that other work on the machine changes little. Who learns in epochs takes as many as fit,
two at least.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict

import numpy as np

from benchmarks import few, material

RESULTS = material.ROOT / "benchmarks" / "quality.jsonl"
SIZES, SEEDS = (5, 10, 20, 50), range(5)
QUICK, SLOW = ("Graft", "logistic regression"), ("fastai", "transformers.Trainer")
TOOLS = (*QUICK, *SLOW)


def main() -> None:
    arguments = sys.argv[1:] or ["table"]
    if arguments[0] == "table":
        table()
    elif arguments[0] == "one":
        name, size, seed, tool, seconds = arguments[1:]
        print(json.dumps(few.one(name, int(size), int(seed), tool, float(seconds))))
    else:
        run(arguments[1:] or list(few.SETS))


def run(sets: list[str], tools: tuple[str, ...] = TOOLS) -> None:
    """Each fit in a process of its own, so that none profits from what another loaded."""
    # Few labels and the quick tools first: a part of the work then already is a table.
    pairs = [pair for pair in (QUICK, SLOW) if set(pair) & set(tools)]
    wanted = [
        (n, s, d, t) for s in SIZES for pair in pairs for d in SEEDS for n in sets for t in pair
        if t in tools
    ]  # fmt: skip
    one_core = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    for name, size, seed, tool in wanted:
        results = {
            (r["set"], r["labels"], r["seed"], r["tool"]): r for r in material.lines(RESULTS)
        }
        if (name, size, seed, tool) in results:
            continue
        ours = results.get((name, size, seed, "Graft"), {"seconds": 0.0})
        seconds = max(few.SECONDS, ours["seconds"])
        command = [sys.executable, "-m", "benchmarks.quality", "one", name, str(size), str(seed)]
        said = subprocess.run(
            [*command, tool, str(seconds)], cwd=material.ROOT, check=True, text=True,
            stdout=subprocess.PIPE, env=one_core,
        )  # fmt: skip
        line = said.stdout.strip().splitlines()[-1]
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
        print(line, flush=True)


def table() -> None:
    """Markdown: mean accuracy over the seeds, with the interval of the mean (t, 95 %)."""
    found: dict[tuple[str, int], dict[str, dict[int, float]]] = defaultdict(dict)
    for result in material.lines(RESULTS):
        place = found[result["set"], result["labels"]].setdefault(result["tool"], {})
        place[result["seed"]] = result["accuracy"]
    print("| set | labels a class | " + " | ".join(TOOLS) + " | Graft less the best other |")
    print("|---|---|" + "---|" * (len(TOOLS) + 1))
    differences = []
    for (name, size), tools in sorted(found.items()):
        cells = [few.words(list(tools[tool].values())) if tool in tools else "" for tool in TOOLS]
        others = {t: v for t, v in tools.items() if t != "Graft"}
        last = ""
        if others and "Graft" in tools:
            best = max(others, key=lambda t: float(np.mean(list(others[t].values()))))
            both = [s for s in tools["Graft"] if s in others[best]]
            apart = [tools["Graft"][s] - others[best][s] for s in both]
            differences.append(float(np.mean(apart)))
            last = f"{few.words(apart, signed=True)} ({best})"
        print(f"| {name} | {size} | " + " | ".join(cells) + f" | {last} |")
    if differences:
        print(f"\nMean of the last column: {np.mean(differences):+.3f}")


if __name__ == "__main__":
    main()
