"""The commands and their arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.cli.labelling import add_labelling
from engine.cli.models import add_models
from engine.freezing.presets import PRESETS
from engine.store.project import TASKS
from engine.training.recipe import AUGMENTATIONS, PRECISIONS

Work = Callable[[argparse.Namespace, Any], int]


def parser(work: Mapping[str, Work]) -> argparse.ArgumentParser:
    """Args:
    work: what does each command, by its name.
    """
    made = argparse.ArgumentParser(
        prog="main.py", description="Graft without a window. Without a command it opens one."
    )
    commands = made.add_subparsers(dest="command", required=True)

    def add(name: str, text: str, project: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        if project:
            command.add_argument("project", type=Path, metavar="PROJECT", help="NAME.graft")
        command.add_argument("--json", action="store_true", help="one JSON object a line")
        command.set_defaults(work=work[name])
        return command

    new = add("new", "Make a new, empty project.")
    new.add_argument("--task", required=True, choices=TASKS)
    _add_import(add("import", "Bring labelled data in; the files stay where they are."))
    add_models(
        add("models", "Pre-trained models: list, show, rank, get, add, pack and more.", False)
    )
    _add_train(add("train", "Fine-tune a model."))
    evaluate = add("evaluate", "Judge a run on the data it was made with.")
    evaluate.add_argument("--run", type=int, help="the newest finished one if not given")
    evaluate.add_argument("--split", default="test", choices=("train", "validation", "test"))
    predict = add("predict", "Classify files.")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.add_argument("--run", type=int)
    export = add("export", "Write a model to take away.")
    export.add_argument("out", type=Path, metavar="OUT", help="a folder")
    export.add_argument("--run", type=int)
    export.add_argument("--format", default="onnx", choices=("onnx",))
    _add_counsel(add)
    add_labelling(add, _add_recipe)
    demo = add("demo", "The whole job on the digits that ship with Graft.", False)
    demo.add_argument("folder", nargs="?", type=Path, default=Path("demo"), metavar="FOLDER")
    add("check", "Look for damaged files, broken items and leaks between splits.")
    return made


def _add_import(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "source", type=Path, metavar="SOURCE", help="a folder, a CSV file, or annotations"
    )
    command.add_argument("--format", default="auto")
    command.add_argument("--pictures", type=Path, metavar="FOLDER", help="if they lie elsewhere")
    for name in ("path", "text", "label", "group", "split"):
        command.add_argument(f"--{name}-column", metavar="NAME")
    command.add_argument(
        "--group-pattern", metavar="REGEX",
        help="one group in brackets, looked for in each file's path: items that match alike "
        "stay in one split",
    )  # fmt: skip


def _add_counsel(add: Callable[..., argparse.ArgumentParser]) -> None:
    advise = add("advise", "Recommend what to freeze, from facts that are measured and shown.")
    _add_recipe(advise)
    advise.add_argument("--seconds", type=float, help="for trying each stage")
    _add_recipe(add("find-lr", "Try learning rates from low to high and suggest one."))
    controls = add("controls", "Hold a run against cheap controls: did its pre-training help?")
    controls.add_argument("--run", type=int, help="the newest finished one if not given")
    controls.add_argument(
        "--stored", action="store_true",
        help="what was found before, here or in the window; nothing is measured",
    )  # fmt: skip
    shift = add("shift", "Do these items look like those that a run learned from?")
    # An option: argparse takes no optional list after options.
    shift.add_argument(
        "--files", nargs="+", type=Path, default=[], metavar="FILE", help="in place of a split"
    )
    shift.add_argument("--run", type=int)
    shift.add_argument(
        "--stored", action="store_true",
        help="what was found before, here or in the window; nothing is measured",
    )  # fmt: skip
    shift.add_argument(
        "--split", default="test", choices=("validation", "test", "new"),
        help="'new' only with --stored: what was given as --files",
    )  # fmt: skip
    compare = add("compare", "Runs side by side; is one better than the first?")
    compare.add_argument("runs", nargs="+", type=int, metavar="RUN")
    compare.add_argument("--split", default="test", choices=("validation", "test"))
    _add_search(add("search", "Look for the best rate, preset and augmentation by trying."))


def _add_search(command: argparse.ArgumentParser) -> None:
    _add_recipe(command)
    command.add_argument("--minutes", type=float, default=10.0)
    command.add_argument("--trials", type=int, help="at most")
    command.add_argument("--search-workers", type=int, default=1, metavar="N")
    command.add_argument("--study", default="search", metavar="NAME")
    command.add_argument("--storage", metavar="URL", help="that several machines share")
    command.add_argument("--pruner", choices=("median", "hyperband", "none"), default="median")
    command.add_argument("--lr-from", type=float)
    command.add_argument("--lr-to", type=float)
    command.add_argument("--presets", nargs="+", choices=tuple(PRESETS))
    command.add_argument("--augmentations", nargs="+", choices=AUGMENTATIONS)


def _add_train(command: argparse.ArgumentParser) -> None:
    _add_recipe(command)
    command.add_argument("--resume", type=int, metavar="RUN")


def _add_recipe(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="NAME")
    command.add_argument("--weights", metavar="FILE_OR_FOLDER")
    command.add_argument("--preset", choices=tuple(PRESETS))
    for name, kind in (
        ("epochs", int), ("batch-size", int), ("lr", float), ("seed", int),
        ("weight-decay", float), ("label-smoothing", float), ("warmup", float),
        ("patience", int), ("clip", float), ("views", int), ("accumulation", int),
        ("workers", int), ("max-length", int), ("image-size", int),
    ):  # fmt: skip
        command.add_argument(f"--{name}", type=kind)
    _add_shape(command)
    command.add_argument("--augmentation", choices=AUGMENTATIONS)
    command.add_argument("--precision", choices=PRECISIONS)
    command.add_argument("--class-balanced", action="store_true", default=None)
    command.add_argument("--no-cache", dest="cache", action="store_false", default=None)


def _add_shape(command: argparse.ArgumentParser) -> None:
    """What is changed in the network itself."""
    command.add_argument(
        "--channels", type=int, metavar="N",
        help="of the pictures: 1 for grey ones, or as many as they have; 3 if not given",
    )  # fmt: skip
    command.add_argument(
        "--pooling", choices=("mean", "max"),
        help="of the features before the head, of texts mean alone; the model's own if not given",
    )  # fmt: skip
    command.add_argument(
        "--head-hidden", type=int, metavar="WIDTH", help="of one more layer before the last"
    )
    command.add_argument(
        "--head-dropout", type=float, metavar="SHARE",
        help="of the features hidden in each step, 0 to 0.99; the model's own if not given",
    )  # fmt: skip
    command.add_argument(
        "--lora-rank", type=int, metavar="RANK",
        help="size of the adapters; 8 with --preset lora if not given",
    )  # fmt: skip
