"""The engine without a window: main.py COMMAND.

With --json each command prints one JSON object a line on stdout and nothing
else there; words for people go to stderr. Exit status: 0 done, 1 it could not
be done (or 'check' found something), 2 wrong arguments, 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine import environment, events
from engine.errors import Cancelled, GraftError
from engine.events import Activity, Event, LogLine
from engine.freezing.presets import PRESETS
from engine.progress import Cancel
from engine.store.project import TASKS, Project
from engine.training.control import Control
from engine.training.recipe import AUGMENTATIONS, PRECISIONS, Recipe
from engine.training.watchdog import Watchdog, describe

COMMANDS = (
    "new", "import", "models", "train", "evaluate", "predict", "export", "check", "demo",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Does one command. Returns the exit status."""
    environment.prepare()
    chosen = _parser().parse_args(arguments)
    speaker = Speaker(chosen.json)
    try:
        status: int = chosen.work(chosen, speaker)
    except GraftError as error:
        speaker.failed(error)
        return 1
    except (Cancelled, KeyboardInterrupt):
        speaker.log("Stopped.")
        return 130
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


class Speaker:
    """Says what happens: JSON lines on stdout, or words; every line at once."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._doing = ""
        self._lock = threading.Lock()

    def emit(self, event: Event) -> None:
        if self._json:
            self._line(events.to_wire(event))
        words = _words(event)
        if isinstance(event, Activity):
            if words == self._doing:
                return
            self._doing = words
        if words:
            self.log(words)

    def result(self, value: dict[str, Any], words: str) -> None:
        """The outcome of a command: one object, or words on stdout."""
        if self._json:
            self._line(value)
        else:
            with self._lock:
                print(words, flush=True)

    def failed(self, error: GraftError) -> None:
        if self._json:
            self._line({"event": "Failed", "error": error.to_wire()})
        self.log(f"{error.title}\n  {error.cause}\n  {error.remedy}")
        if error.details:
            self.log("  " + error.details.rstrip().replace("\n", "\n  "))

    def log(self, words: str) -> None:
        with self._lock:
            print(words, file=sys.stderr, flush=True)

    def _line(self, value: dict[str, Any]) -> None:
        with self._lock:
            print(json.dumps(value, ensure_ascii=False), flush=True)


def _words(event: Event) -> str:
    match event:
        case Activity(text=text):
            return text
        case LogLine(text=text):
            return text
        case events.RunStarted(items=items, device=device, trainable=learns, parameters=all_):
            return (
                f"Run {event.run}: {event.preset} of {event.model} on {device}; "
                f"{items.get('train', 0)} training, {items.get('validation', 0)} validation, "
                f"{items.get('test', 0)} test items; {learns:,} of {all_:,} parameters learn"
            )
        case events.PhaseStarted(name=name, cut=cut):
            return f"Phase {event.phase}: {name}" + (f", frozen before {cut}" if cut else "")
        case events.EpochEnded(epoch=epoch, metrics=metrics, best=best):
            figures = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
            return f"Epoch {epoch}: {figures}" + ("  (best)" if best else "")
        case events.Stuck(seconds=seconds, doing=doing):
            return f"No sign of life for {seconds:.0f} s. It was doing: {doing}"
        case _:
            return ""


def _new(chosen: argparse.Namespace, speaker: Speaker) -> int:
    with Project.create(chosen.project, chosen.task) as project:
        value = {"project": str(project.folder), "name": project.name, "task": project.task}
        speaker.result(value, f"Made {project.folder}")
    return 0


def _import(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.exchange.format import Columns
    from engine.exchange.importing import import_source

    named = {
        key: getattr(chosen, f"{key}_column") for key in ("path", "text", "label", "group", "split")
    }
    columns = Columns(**named) if any(named.values()) else None
    with Project.open(chosen.project) as project:
        report = import_source(
            project, chosen.source, format=chosen.format, columns=columns,
            group_pattern=chosen.group_pattern, emit=speaker.emit, cancel=_cancel(),
        )  # fmt: skip
        for problem in report.problems:
            speaker.log(f"  {problem.title}: {problem.cause}")
        splits = ", ".join(f"{count} {split}" for split, count in report.splits.items())
        words = [
            f"{report.new} new items, {report.known} known, {report.labelled} labels, "
            f"{len(report.classes)} classes, {report.problem_count} problems",
            f"Splits: {splits}",
            *report.notes,
        ]
        speaker.result(report.to_wire(), "\n".join(words))
    return 0


def _models(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.models import catalogue, library

    here = {found.name: found for found in library.found(chosen.task)}
    listed = {entry.name: entry for entry in catalogue.entries(chosen.task)}
    for name in sorted({*here, *listed}):
        entry, found = listed.get(name), here.get(name)
        value = {
            "name": name,
            "title": entry.title if entry else name,
            "task": entry.task if entry else found.task if found else None,
            "source": entry.source if entry else "transformers",
            "parameters": entry.parameters if entry else None,
            "accuracy": entry.accuracy if entry else None,
            "on_this_machine": str(found.path) if found else None,
        }
        size = f"{entry.parameters / 1e6:.1f} M" if entry and entry.parameters else ""
        place = f"on this machine: {found.path}" if found else ""
        speaker.result(value, f"{name:40} {size:>10}  {place}")
    return 0


def _train(chosen: argparse.Namespace, speaker: Speaker) -> int:
    first = os.environ.get("RANK", "0") == "0"
    recipe = None if chosen.resume else _recipe(chosen)
    if recipe is not None:
        recipe.validate()  # before the libraries load
    control = Control()
    _stop_on_interrupt(control, speaker)
    with Project.open(chosen.project, hold=first) as project, _watched(speaker.emit) as emit:
        from engine.store import runs
        from engine.training.run import train

        if first:
            runs.mark_interrupted(project)
        ended = train(project, recipe, emit, control, chosen.resume)
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


def _recipe(chosen: argparse.Namespace) -> Recipe:
    from engine.errors import ConfigurationError

    if not chosen.model:
        raise ConfigurationError(
            "No model is chosen", "A new run needs a model.",
            "Name one with --model, or go on with a run with --resume.", subject="model",
        )  # fmt: skip
    given = {name: getattr(chosen, name) for name in Recipe.__dataclass_fields__}
    return Recipe(**{name: value for name, value in given.items() if value is not None})


def _ended_words(value: dict[str, Any]) -> str:
    lines = [
        f"Run {value['run']} {value['state']} after {value['epochs']} epochs, "
        f"{value['seconds']:.1f} s, {value['samples_per_second']:.1f} samples a second"
    ]
    if value["best_validation"] is not None:
        lines.append(f"  best validation {value['metric']}: {value['best_validation']:.4f}")
    lines += [f"  test {name}: {figure:.4f}" for name, figure in value["test"].items()]
    return "\n".join(lines)


def _evaluate(chosen: argparse.Namespace, speaker: Speaker) -> int:
    said = _perform("evaluate", chosen, {"run": chosen.run, "split": chosen.split}, speaker)
    lines = [f"Run {said['run']}, {said['split']}"]
    for name, value in said["metrics"].items():
        low, high = said["intervals"][name]
        lines.append(f"  {name:18} {value:.4f}   95% {low:.4f} to {high:.4f}")
    lines.append(f"  {'class':30} precision  recall      F1   items")
    for name, (p, r, f, n) in zip(said["classes"], said["per_class"], strict=True):
        lines.append(f"  {name:30} {p:9.3f} {r:7.3f} {f:7.3f} {n:7}")
    speaker.result(said, "\n".join(lines))
    return 0


def _predict(chosen: argparse.Namespace, speaker: Speaker) -> int:
    files = [str(file) for file in chosen.files]
    said = _perform("predict", chosen, {"run": chosen.run, "files": files}, speaker)
    for one in said:
        problem = one["problem"]
        found = problem["title"] if problem else f"{one['class']}  {one['probability']:.3f}"
        speaker.result(one, f"{one['name']}: {found}")
    return 1 if said and all(one["problem"] for one in said) else 0


def _export(chosen: argparse.Namespace, speaker: Speaker) -> int:
    wanted = {"run": chosen.run, "format": chosen.format, "out": str(chosen.out.absolute())}
    said = _perform("export", chosen, wanted, speaker)
    parity = said["parity"]
    speaker.result(
        said,
        f"Written to {said['folder']}: {', '.join(said['files'])}\n"
        f"Same class as in Graft for {parity['agree']} of {parity['items']} test items; "
        f"largest difference of a probability {parity['largest_difference']:.2g}",
    )
    return 0


def _check(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.media.checking import check_items
    from engine.store.integrity import check_project

    cancel = _cancel()
    with Project.open(chosen.project) as project:
        if not project.readonly:
            check_items(project, speaker.emit, cancel)
        problems = check_project(project, speaker.emit, cancel)
    for problem in problems:
        speaker.log(f"{problem.title}: {problem.cause} {problem.remedy}")
    words = "No problems." if not problems else f"{len(problems)} problems."
    speaker.result({"problems": [problem.to_wire() for problem in problems]}, words)
    return 1 if problems else 0


def _demo(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine import demo

    result = demo.run(chosen.folder, speaker.emit)
    speaker.result(result, demo.words(result))
    return 0


def _perform(
    operation: str, chosen: argparse.Namespace, arguments: dict[str, Any], speaker: Speaker
) -> Any:
    control = Control()
    _stop_on_interrupt(control, speaker)
    with _watched(speaker.emit) as emit:
        Project.open(chosen.project, hold=False).close()  # its errors come before the libraries
        from engine.training import worker

        return worker.perform(operation, str(chosen.project), arguments, emit, control)


class _watched:
    """Passes events on, and tells when none has come for a minute."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._dog = Watchdog()
        self._over = threading.Event()

    def __enter__(self) -> Callable[[Event], None]:
        threading.Thread(target=self._watch, daemon=True).start()
        return self._hear

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _hear(self, event: Event) -> None:
        if describe(event) is not None:
            self._dog.sign(event)
        self._emit(event)

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            stuck = self._dog.check()
            if stuck is not None:
                self._emit(stuck)


def _stop_on_interrupt(control: Control, speaker: Speaker) -> None:
    """The first Ctrl+C saves and ends; the second ends at once."""

    def stop(*_: object) -> None:
        if control.stop is not None:
            raise KeyboardInterrupt
        speaker.log("Stopping after this step; Ctrl+C again ends at once.")
        control.command("stop")

    signal.signal(signal.SIGINT, stop)


def _cancel() -> Cancel:
    cancel = Cancel()
    signal.signal(signal.SIGINT, lambda *_: cancel.set())
    return cancel


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py", description="Graft without a window. Without a command it opens one."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, work: Any, text: str, project: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        if project:
            command.add_argument("project", type=Path, metavar="PROJECT", help="NAME.graft")
        command.add_argument("--json", action="store_true", help="one JSON object a line")
        command.set_defaults(work=work)
        return command

    new = add("new", _new, "Make a new, empty project.")
    new.add_argument("--task", required=True, choices=TASKS)
    _add_import(add("import", _import, "Bring labelled data in; the files stay where they are."))
    models = add("models", _models, "List the models and which are on this machine.", False)
    models.add_argument("--task", choices=TASKS)
    _add_train(add("train", _train, "Fine-tune a model."))
    evaluate = add("evaluate", _evaluate, "Judge a run on the data it was made with.")
    evaluate.add_argument("--run", type=int, help="the newest finished one if not given")
    evaluate.add_argument("--split", default="test", choices=("train", "validation", "test"))
    predict = add("predict", _predict, "Classify files.")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.add_argument("--run", type=int)
    export = add("export", _export, "Write a model to take away.")
    export.add_argument("out", type=Path, metavar="OUT", help="a folder")
    export.add_argument("--run", type=int)
    export.add_argument("--format", default="onnx", choices=("onnx",))
    demo = add("demo", _demo, "The whole job on the digits that ship with Graft.", False)
    demo.add_argument("folder", nargs="?", type=Path, default=Path("demo"), metavar="FOLDER")
    add("check", _check, "Look for damaged files, broken items and leaks between splits.")
    return parser


def _add_import(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", type=Path, metavar="SOURCE", help="a folder or a CSV file")
    command.add_argument("--format", default="auto")
    for name in ("path", "text", "label", "group", "split"):
        command.add_argument(f"--{name}-column", metavar="NAME")
    command.add_argument(
        "--group-pattern", metavar="REGEX",
        help="one group in brackets, looked for in each file's path: items that match alike "
        "stay in one split",
    )  # fmt: skip


def _add_train(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="NAME")
    command.add_argument("--weights", metavar="FILE_OR_FOLDER")
    command.add_argument("--preset", choices=tuple(PRESETS))
    command.add_argument("--resume", type=int, metavar="RUN")
    for name, kind in (
        ("epochs", int), ("batch-size", int), ("lr", float), ("seed", int),
        ("weight-decay", float), ("label-smoothing", float), ("warmup", float),
        ("patience", int), ("clip", float), ("views", int), ("accumulation", int),
        ("workers", int), ("max-length", int), ("image-size", int),
    ):  # fmt: skip
        command.add_argument(f"--{name}", type=kind)
    command.add_argument("--augmentation", choices=AUGMENTATIONS)
    command.add_argument("--precision", choices=PRECISIONS)
    command.add_argument("--class-balanced", action="store_true", default=None)
    command.add_argument("--no-cache", dest="cache", action="store_false", default=None)
