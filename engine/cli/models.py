"""main.py models: which pre-trained models there are, and how they come and go."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.cli import model_facts
from engine.cli.counsel import perform
from engine.cli.signs import cancel_on_interrupt
from engine.cli.speaker import Speaker
from engine.errors import ModelError
from engine.models import catalogue, library, offline
from engine.models.shelf.placing import Got
from engine.store.project import TASKS

_LISTED = (
    "family", "kind", "domain", "trainable", "parameters", "flops", "bytes", "input_size",
    "accuracy", "licence", "commercial", "clinical",
)  # fmt: skip


def list_(chosen: argparse.Namespace, speaker: Speaker) -> int:
    here = {found.name: found for found in library.found(chosen.task)}
    listed = {entry.name: entry for entry in catalogue.entries(chosen.task)}
    for name in sorted({*here, *listed}):
        entry, found = listed.get(name), here.get(name)
        value = {
            "name": name,
            "title": library.title_of(name),
            "task": entry.task if entry else found.task if found else None,
            "source": entry.source if entry else found.source if found else None,
            **{key: getattr(entry, key) if entry else None for key in _LISTED},
            "on_this_machine": str(found.path) if found else None,
        }
        size = f"{entry.parameters / 1e6:.1f} M" if entry and entry.parameters else ""
        place = f"on this machine: {found.path}" if found else ""
        speaker.result(value, f"{name:40} {size:>10}  {place}")
    return 0


def show(chosen: argparse.Namespace, speaker: Speaker) -> int:
    entry, place = catalogue.find(chosen.name), library.find(chosen.name)
    if entry is None and place is None:
        raise ModelError(
            "Unknown model",
            f"{chosen.name!r} is neither in the catalogue nor on this machine.",
            "'models list' shows the names.",
            subject=chosen.name,
        )
    facts: dict[str, Any] = model_facts.wire(entry) if entry else {"name": chosen.name}
    facts["on_this_machine"] = str(place) if place else None
    words = model_facts.words(entry) if entry else _beside(chosen.name)
    words.append(model_facts.line("on this machine", str(place) if place else "no"))
    if chosen.layers:
        from engine.models.whole.inside import inside

        facts["layers"] = inside(chosen.name)
        words += ["", f"Layers, at {facts['layers']['at']}", *_layers(facts["layers"]["modules"])]
    speaker.result(facts, "\n".join(words))
    return 0


def _beside(name: str) -> list[str]:
    """Of a model that the catalogue does not know."""
    network, line = catalogue.network_of(name), model_facts.line
    made = f"own weights for {network.title}" if network else "a folder of Hugging Face"
    unknown = "not known to Graft: look beside the weights, or ask whoever made them"
    return [line("name", name), line("what it is", made), line("all else", unknown)]


def _layers(modules: list[dict[str, Any]]) -> list[str]:
    lines = []
    for module in modules[1:]:
        above, _, own = module["name"].rpartition(".")
        indent = "  " * (above.count(".") + bool(above))
        shape = "x".join(map(str, module["shape"][1:])) if module["shape"] else ""
        lines.append(
            f"{indent + own:40} {module['words'][:30]:30} {shape:>16} {module['parameters']:>14,} "
            f"{module['flops']:>18,}"
        )
    return lines


def rank(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.training.recipe import Recipe

    plan = Recipe("", **{} if chosen.seed is None else {"seed": chosen.seed})
    wanted = {"recipe": plan.to_wire(), "models": [_asked(one) for one in chosen.names]}
    said = perform("rank", chosen, wanted, speaker)
    lines = [f"{'':44} probe   95%             LogME   item        memory"]
    for place in said["places"]:
        lines.append(
            f"{place['title'][:44]:44} {place['value']:.3f}   {place['low']:.3f} to "
            f"{place['high']:.3f}  {place['logme']:6.3f}  {1000 * place['seconds']:6.1f} ms  "
            f"{_mb(place['memory']):>10}"
        )
        lines += [f"  {place['warning']}"] if place["warning"] else []
    gone = [f"{one['title']} was left out. {one['why']}" for one in said["left_out"]]
    speaker.result(said, "\n".join([*lines, "", *said["warnings"], *said["words"], *gone]))
    return 0


def _asked(said: str) -> dict[str, str]:
    """'resnet18', or 'resnet18=own.safetensors' for weights that lie elsewhere."""
    name, equals, weights = said.partition("=")
    if not equals:
        return {"name": name}
    return {"name": name, "weights": str(Path(weights).absolute()) if weights else ""}


def get(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.models.shelf import getting

    got = getting.get(chosen.name, speaker.emit, cancel_on_interrupt(), url=chosen.url)
    _tell([got], speaker)
    return 0


def add(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.models.shelf import adding

    cancel = cancel_on_interrupt()
    _tell(adding.add(chosen.path, speaker.emit, cancel, name=chosen.name), speaker)
    return 0


def pack(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.models.shelf import packs

    models = packs.pack(chosen.names, chosen.out, speaker.emit, cancel_on_interrupt())
    value = {"pack": str(chosen.out), "bytes": chosen.out.stat().st_size,
             "models": [asdict(model) for model in models]}  # fmt: skip
    words = [f"{model.name}: {model.licence}" for model in models]
    speaker.result(value, "\n".join([*words, f"Written to {chosen.out} ({_mb(value['bytes'])})"]))
    return 0


def remove(chosen: argparse.Namespace, speaker: Speaker) -> int:
    from engine.models.shelf import removing

    said = removing.removal(chosen.name, chosen.project, cancel_on_interrupt())
    lines = [f"{said.name}: frees {_mb(said.bytes)}", *(f"  {place}" for place in said.places)]
    lines += [f"  stays, as it is not Graft's: {place}" for place in said.elsewhere]
    for use in said.used_by:
        runs = f", {len(use.runs)} runs began from it" if use.runs else ""
        lines.append(f"  used in {use.project}" + (" (chosen)" if use.chosen else "") + runs)
    lines += [f"  could not be asked: {words}" for words in said.unread]
    if not chosen.project:
        lines.append("  No project was asked; name them with --project.")
    if said.places and not _agreed(chosen, lines, speaker):
        speaker.result({**said.to_wire(), "removed": False}, "\n".join(lines))
        speaker.log("Nothing was removed. Add --yes to remove it.")
        return 1
    removing.remove(chosen.name)
    speaker.result({**said.to_wire(), "removed": True}, "\n".join([*lines, "Removed."]))
    return 0


def online(chosen: argparse.Namespace, speaker: Speaker) -> int:
    if chosen.state is not None:
        offline.allow(chosen.state == "on")
    now = offline.online()
    words = "Downloads are allowed." if now else "Graft is offline: it opens no connection."
    speaker.result({"online": now, "settings": str(offline.settings_file())}, words)
    return 0


def add_models(command: argparse.ArgumentParser) -> None:
    """The arguments of 'models'. Without an action it lists."""
    command.add_argument("--task", choices=TASKS)
    actions = command.add_subparsers(dest="action", metavar="ACTION")

    def action(
        name: str, text: str, work: Callable[[argparse.Namespace, Speaker], int]
    ) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text)
        # Suppressed: a default here would take back what stands before the action.
        made.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object a line"
        )
        made.set_defaults(work=work)
        return made

    listed = action("list", "List the models and which are on this machine.", list_)
    listed.add_argument("--task", choices=TASKS, default=argparse.SUPPRESS)
    shown = action("show", "All that is known of a model.", show)
    shown.add_argument("name", metavar="NAME")
    shown.add_argument(
        "--layers", action="store_true", help="what is inside, of a model of the catalogue"
    )
    ranked = action("rank", "Which of the models here suits a project's labelled items?", rank)
    ranked.add_argument("project", type=Path, metavar="PROJECT", help="NAME.graft")
    ranked.add_argument(
        "names", nargs="*", metavar="NAME[=WEIGHTS]",
        help="all that are here if not given; with a file or folder: these weights",
    )  # fmt: skip
    ranked.add_argument("--seed", type=int, help="of the folds that are held out")
    got = action("get", "Download a model; what was cut off is gone on with.", get)
    got.add_argument("name", metavar="NAME", help="of the list, or any of a Hugging Face hub")
    got.add_argument("--url", help="of torchvision's file, or of another hub")
    added = action("add", "Bring a model in from a file, a folder or a model pack.", add)
    added.add_argument("path", type=Path, metavar="PATH")
    added.add_argument("--name", help="which model it is, where the file does not tell")
    packed = action("pack", "Write models into one file, to carry to another machine.", pack)
    packed.add_argument("names", nargs="+", metavar="NAME")
    packed.add_argument("out", type=Path, metavar="OUT", help="NAME.graftpack")
    removed = action(
        "remove", "Delete a model; says first what that frees and who uses it.", remove
    )
    removed.add_argument("name", metavar="NAME")
    removed.add_argument(
        "--project", type=Path, action="append", default=[], help="to be asked whether it uses it"
    )
    removed.add_argument("--yes", action="store_true", help="do not ask")
    allowed = action("online", "Allow downloads, or forbid them; alone: say which holds.", online)
    allowed.add_argument("state", nargs="?", choices=("on", "off"))


def _tell(models: list[Got], speaker: Speaker) -> None:
    for got in models:
        state = "is here already" if got.known else "is here now"
        words = [f"{got.name} {state}: {got.path} ({_mb(got.bytes)})"]
        speaker.result(got.to_wire(), "\n".join([*words, *(f"  {note}" for note in got.notes)]))


def _agreed(chosen: argparse.Namespace, lines: list[str], speaker: Speaker) -> bool:
    """Asks where somebody can answer."""
    if chosen.yes or chosen.json or not sys.stdin.isatty():
        return bool(chosen.yes)
    speaker.log("\n".join(lines))
    return input("Remove it? [y/N] ").strip().lower() in ("y", "yes")


def _mb(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
