"""Commands that judge and advise: advise, find-lr, controls, shift, compare, search."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from engine.cli.signs import Watched, stop_on_interrupt
from engine.cli.speaker import Speaker
from engine.errors import ConfigurationError
from engine.store.project import Project
from engine.training.control import Control
from engine.training.recipe import Recipe


def advise(chosen: argparse.Namespace, speaker: Speaker) -> int:
    wanted = {**recipe(chosen).validate().to_wire(), "seconds": chosen.seconds}
    said = perform("advise", chosen, wanted, speaker)
    lines = [f"{said['title']} (--preset {said['preset']})"]
    lines += [f"  {sentence}" for sentence in said["why"]]
    speaker.result(said, "\n".join(lines))
    return 0


def find_lr(chosen: argparse.Namespace, speaker: Speaker) -> int:
    said = perform("find-lr", chosen, recipe(chosen).validate().to_wire(), speaker)
    speaker.result(said, f"Suggested: --lr {said['suggested']:.2g}\n  {said['words']}")
    return 0


def controls(chosen: argparse.Namespace, speaker: Speaker) -> int:
    wanted = {"run": chosen.run}
    said = _stored_controls(chosen) if chosen.stored else perform(
        "controls", chosen, wanted, speaker
    )  # fmt: skip
    lines = [said["verdict"], *said["more"], ""]
    for row in said["rows"]:
        span = f"95% {row['low']:.3f} to {row['high']:.3f}"
        lines.append(f"  {row['name'][:44]:44} {row['value']:.3f}   {span}")
    speaker.result(said, "\n".join(lines))
    return 0


def shift(chosen: argparse.Namespace, speaker: Speaker) -> int:
    files = [str(file) for file in chosen.files]
    split = None if files or chosen.split == "new" else chosen.split
    wanted = {"run": chosen.run, "split": split, "files": files}
    said = _stored_shift(chosen) if chosen.stored else perform("shift", chosen, wanted, speaker)
    lines = [said["words"]]
    if said["about"]:
        lines.append(f"  The new items: {said['about']}.")
    if said["remedy"]:
        lines.append(f"  {said['remedy']['text']}.")
    speaker.result(said, "\n".join(lines))
    return 0


def _stored_shift(chosen: argparse.Namespace) -> dict[str, Any]:
    from engine.store import runs, shifts

    with Project.open(chosen.project, hold=False) as project:
        run = runs.load(project, chosen.run) if chosen.run else runs.latest(project)
        found = shifts.of_run(project, run.id).get(chosen.split)
    if found is None:
        raise _nothing_stored(f"{run.name} was not yet asked about its {chosen.split} items.")
    return found


def _stored_controls(chosen: argparse.Namespace) -> dict[str, Any]:
    from engine.store import controls, runs

    with Project.open(chosen.project, hold=False) as project:
        run = runs.load(project, chosen.run) if chosen.run else runs.latest(project)
        rows = controls.of_run(project, run.id)
    if not rows or not rows[0].detail:
        raise _nothing_stored(f"{run.name} was not yet held against its controls.")
    return {"rows": [row.to_wire() for row in rows], **rows[0].detail}


def _nothing_stored(cause: str) -> ConfigurationError:
    return ConfigurationError(
        "Nothing is stored", cause, "Leave out --stored to ask now.", subject="stored"
    )


def compare(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.evaluation import comparing

    with Project.open(chosen.project, hold=False) as project:
        lines = comparing.table(project, chosen.runs)
        settings = comparing.differences(project, chosen.runs)
        first, *others = chosen.runs
        verdicts = [comparing.better(project, first, other, chosen.split) for other in others]
    value = {
        "runs": [line.to_wire() for line in lines], "differences": settings,
        "verdicts": [verdict.to_wire() for verdict in verdicts],
    }  # fmt: skip
    words = [_run_words(line) for line in lines] + [""]
    words += [f"  {name}: {' | '.join(map(str, values))}" for name, values in settings.items()]
    speaker.result(value, "\n".join([*words, "", *(verdict.words for verdict in verdicts)]))
    return 0


def search(chosen: argparse.Namespace, speaker: Speaker) -> int:
    space = {
        "lr": [chosen.lr_from, chosen.lr_to] if chosen.lr_from and chosen.lr_to else None,
        "presets": chosen.presets, "augmentations": chosen.augmentations,
    }  # fmt: skip
    wanted = {
        "recipe": recipe(chosen).validate().to_wire(), "space": space,
        "minutes": chosen.minutes, "workers": chosen.search_workers, "study": chosen.study,
        "storage": chosen.storage, "pruner": chosen.pruner, "trials": chosen.trials,
    }  # fmt: skip
    said = perform("search", chosen, wanted, speaker)
    counts: dict[str, int] = {}
    for trial in said["trials"]:
        counts[trial["state"]] = counts.get(trial["state"], 0) + 1
    done = ", ".join(f"{count} {state}" for state, count in counts.items())
    words = f"{len(said['trials'])} trials ({done})"
    if said["best"]:
        best = said["best"]
        choices = ", ".join(f"{name} {_short(value)}" for name, value in best["choices"].items())
        words += f"\nBest: run {best['run']}, validation {best['value']:.4f} ({choices})"
    speaker.result(said, words)
    return 0


def recipe(chosen: argparse.Namespace) -> Recipe:
    """What the arguments say, for a command that needs a model."""
    if not chosen.model:
        raise ConfigurationError(
            "No model is chosen", "A new run needs a model.",
            "Name one with --model, or go on with a run with --resume.", subject="model",
        )  # fmt: skip
    given = {name: getattr(chosen, name, None) for name in Recipe.__dataclass_fields__}
    return Recipe(**{name: value for name, value in given.items() if value is not None})


def perform(
    operation: str, chosen: argparse.Namespace, arguments: dict[str, Any], speaker: Speaker
) -> Any:
    """Does an operation of engine.training.worker in this process."""
    control = Control()
    stop_on_interrupt(control, speaker)
    with Watched(speaker.emit) as emit:
        Project.open(chosen.project, hold=False).close()  # its errors come before the libraries
        from engine.training import worker

        return worker.perform(operation, str(chosen.project), arguments, emit, control)


def _run_words(line: Any) -> str:
    if not line.metrics:
        return f"{line.name:8} {line.state:11} {line.model}, {line.preset}: no test result"
    low, high = line.intervals["balanced_accuracy"]
    machine = "GPU" if line.on_gpu else "CPU"
    return (
        f"{line.name:8} {line.state:11} {line.model}, {line.preset}: balanced accuracy "
        f"{line.metrics['balanced_accuracy']:.3f} ({low:.3f} to {high:.3f}) on {line.items} items, "
        f"{line.device_seconds:.1f} {machine} seconds"
    )


def _short(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


COMMANDS: dict[str, Callable[[argparse.Namespace, Speaker], int]] = {
    "advise": advise,
    "find-lr": find_lr,
    "controls": controls,
    "shift": shift,
    "compare": compare,
    "search": search,
}
