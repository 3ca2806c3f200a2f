"""What each command does. The libraries load only in those that need them."""

from __future__ import annotations

import argparse
import os
from typing import Any

from engine.cli import counsel, labelling, models
from engine.cli.signs import Watched, cancel_on_interrupt, stop_on_interrupt
from engine.cli.speaker import Speaker
from engine.errors import GraftError
from engine.store.project import Project
from engine.training.control import Control


def new(chosen: argparse.Namespace, speaker: Speaker) -> int:
    with Project.create(chosen.project, chosen.task) as project:
        value = {"project": str(project.folder), "name": project.name, "task": project.task}
        speaker.result(value, f"Made {project.folder}")
    return 0


def import_(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.exchange.format import Columns
    from engine.exchange.importing import import_source

    named = {
        key: getattr(chosen, f"{key}_column") for key in ("path", "text", "label", "group", "split")
    }
    columns = Columns(**named) if any(named.values()) else None
    with Project.open(chosen.project) as project:
        report = import_source(
            project, chosen.source, format=chosen.format, columns=columns,
            pictures=chosen.pictures, group_pattern=chosen.group_pattern, emit=speaker.emit,
            cancel=cancel_on_interrupt(),
        )  # fmt: skip
        for problem in report.problems:
            speaker.log(f"  {problem.title}: {problem.cause}")
        splits = ", ".join(f"{count} {split}" for split, count in report.splits.items())
        words = [
            f"{report.new} new items, {report.known} known, {report.labelled} labels, "
            f"{report.marks} marks, {len(report.classes)} classes, "
            f"{report.problem_count} problems",
            *(f"{one.count} times: {one.says} {one.does}" for one in report.findings.values()),
            f"Splits: {splits}",
            *report.notes,
        ]
        speaker.result(report.to_wire(), "\n".join(words))
    return 0


def train(chosen: argparse.Namespace, speaker: Speaker) -> int:
    first = os.environ.get("RANK", "0") == "0"
    recipe = None if chosen.resume else counsel.recipe(chosen)
    if recipe is not None:
        recipe.validate()  # before the libraries load
    control = Control()
    stop_on_interrupt(control, speaker)
    with Project.open(chosen.project, hold=first) as project, Watched(speaker.emit) as emit:
        from engine.store import runs
        from engine.training import forgetting, run

        if first:
            runs.mark_interrupted(project)
        ended = run.train(project, recipe, emit, control, chosen.resume)
        if first:
            forgetting.watch_forgetting(project, ended.run, emit, control)
    if not first:
        return 0
    if ended.error is not None:
        speaker.failed(GraftError.from_wire(ended.error))
        return 1
    value = {
        "run": ended.run, "state": ended.state, "epochs": ended.epochs,
        "seconds": round(ended.seconds, 3),
        "samples_per_second": round(ended.samples_per_second, 3), "metric": ended.metric,
        "best_validation": ended.best_validation, "test": ended.test,
        "checkpoint": ended.checkpoint,
    }  # fmt: skip
    speaker.result(value, _ended_words(value))
    return 0 if ended.state == "finished" else 130


def _ended_words(value: dict[str, Any]) -> str:
    lines = [
        f"Run {value['run']} {value['state']} after {value['epochs']} epochs, "
        f"{value['seconds']:.1f} s, {value['samples_per_second']:.1f} samples a second"
    ]
    if value["best_validation"] is not None:
        lines.append(f"  best validation {value['metric']}: {value['best_validation']:.4f}")
    lines += [f"  test {name}: {figure:.4f}" for name, figure in value["test"].items()]
    return "\n".join(lines)


def evaluate(chosen: argparse.Namespace, speaker: Speaker) -> int:
    said = counsel.perform("evaluate", chosen, {"run": chosen.run, "split": chosen.split}, speaker)
    lines = [f"Run {said['run']}, {said['split']}"]
    for name, value in said["metrics"].items():
        low, high = said["intervals"][name]
        lines.append(f"  {name:18} {value:.4f}   95% {low:.4f} to {high:.4f}")
    lines.append(f"  {'class':30} precision  recall      F1   items")
    for name, (p, r, f, n) in zip(said["classes"], said["per_class"], strict=True):
        lines.append(f"  {name:30} {p:9.3f} {r:7.3f} {f:7.3f} {n:7}")
    speaker.result(said, "\n".join(lines))
    return 0


def predict(chosen: argparse.Namespace, speaker: Speaker) -> int:
    files = [str(file) for file in chosen.files]
    said = counsel.perform("predict", chosen, {"run": chosen.run, "files": files}, speaker)
    for one in said:
        problem = one["problem"]
        found = problem["title"] if problem else f"{one['class']}  {one['probability']:.3f}"
        speaker.result(one, f"{one['name']}: {found}")
    return 1 if said and all(one["problem"] for one in said) else 0


def export(chosen: argparse.Namespace, speaker: Speaker) -> int:
    wanted = {"run": chosen.run, "format": chosen.format, "out": str(chosen.out.absolute())}
    said = counsel.perform("export", chosen, wanted, speaker)
    parity = said["parity"]
    speaker.result(
        said,
        f"Written to {said['folder']}: {', '.join(said['files'])}\n"
        f"Same class as in Graft for {parity['agree']} of {parity['items']} {parity['split']} "
        f"items; largest difference of a probability {parity['largest_difference']:.2g}",
    )
    return 0


def check(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.media.checking import check_items
    from engine.store.integrity import check_project

    cancel = cancel_on_interrupt()
    with Project.open(chosen.project) as project:
        if not project.readonly:
            check_items(project, speaker.emit, cancel)
        problems = check_project(project, speaker.emit, cancel)
    for problem in problems:
        speaker.log(f"{problem.title}: {problem.cause} {problem.remedy}")
    words = "No problems." if not problems else f"{len(problems)} problems."
    speaker.result({"problems": [problem.to_wire() for problem in problems]}, words)
    return 1 if problems else 0


def demo(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine import demo

    result = demo.run(chosen.folder, speaker.emit)
    speaker.result(result, demo.words(result))
    return 0


COMMANDS = {
    "new": new,
    "import": import_,
    "models": models.list_,
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "export": export,
    "check": check,
    "demo": demo,
    **counsel.COMMANDS,
    **labelling.COMMANDS,
}
