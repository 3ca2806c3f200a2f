"""Advice on what to freeze, from facts that are measured here and shown with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from engine.evaluation import classification, noise
from engine.events import Activity, Emit
from engine.freezing.plan import Plan, Rule
from engine.freezing.presets import PRESETS, Phase, Stage, learns
from engine.models.stages import stages
from engine.store.project import Project
from engine.training import distance
from engine.training.bench import Bench
from engine.training.control import Control, telling
from engine.training.embedding import embed
from engine.training.probing import cross_validated
from engine.training.recipe import Recipe
from engine.training.stage_probe import Gain, Probed, in_turn, probe_stages

SECONDS = 120.0  # for the probe of the stages
FEW = 20  # labels a class
NEARLY_ALL = 0.95  # of a probe: there little is left to gain
# Measured with a mobilenet_v2 of ImageNet: 14 photographs 0.16, photographs of clothes 0.19,
# medical slices 0.40, handwritten digits 0.61.
FAR = 0.3
MANY_CUT = 0.15  # share of words


@dataclass(frozen=True)
class Fact:
    name: str
    value: float | None
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True)
class Advice:
    """What to choose and why. `phases` are wire forms where no preset says it, else empty."""

    preset: str
    title: str
    why: list[str]
    phases: list[dict[str, Any]] = field(default_factory=list)


def advise(
    project: Project, recipe: Recipe, emit: Emit, control: Control, seconds: float = SECONDS
) -> dict[str, Any]:
    """Measures and recommends. Test items are not looked at.

    Args:
        seconds: for the probe of the stages; with time enough the same seed gives the same advice.

    Returns:
        preset, phases (wire forms, empty unless the preset's place is taken), title, why
        (sentences), facts (Fact's fields), stages (title, gain, low, high, p, items).

    Raises:
        GraftError: as a run with this recipe would.
        StopNow: a person asked for the end.
    """
    plain = replace(
        recipe, preset="feature-extraction", phases=(), augmentation="none", lora_rank=0, lr=None
    )
    with Bench.open(project, plain, emit, control) as bench:
        row = stages(bench.network)
        labels = _labels(bench)
        facts = [labels, _source(bench), _probe(bench)]
        probed = probe_stages(bench, row, seconds, _tell(bench))
        found = recommend(labels, facts[1], facts[2], probed, row, recipe.epochs)
    return {
        "preset": found.preset, "phases": found.phases, "title": found.title, "why": found.why,
        "facts": [asdict(fact) for fact in facts],
        "stages": [gain.to_wire() for gain in probed.gains],
    }  # fmt: skip


def recommend(
    labels: Fact, source: Fact, probe: Fact, probed: Probed, row: Sequence[Stage], epochs: int
) -> Advice:
    """From the facts alone to a choice, and the reasons in words."""
    why = [labels.words, source.words, probe.words, *_about_stages(probed)]
    few = (labels.value or 0) < FEW
    sure = [gain for gain in probed.gains if gain.difference.sure and gain.difference.value > 0]
    best = max(sure, key=lambda gain: gain.difference.value, default=None)
    if probe.low is not None and probe.low >= NEARLY_ALL:
        return _advice(
            "feature-extraction", why,
            "The frozen features already tell nearly all items apart; training more could gain "
            "little and costs time.",
        )  # fmt: skip
    if best is not None and _stands_out(best, probed):
        return _surgical(best, row, why, epochs, bool(probed.left_out))
    if best is not None:
        last = best.title == probed.gains[-1].title and len(sure) == 1
        return _advice(
            "last-block" if last else "lp-ft", why,
            "Training more than the head gained on validation. "
            + (
                "Only the last block did so for sure, so it learns."
                if last
                else "As the stages cannot be told apart, all learn, slowly, after the head."
            ),
        )  # fmt: skip
    far = source.value is not None and source.name == "distance" and source.value >= FAR
    if few and far and any(stage.small for stage in row):
        return _advice(
            "norms", why,
            "The data looks unlike what the backbone has seen, but labels are too few to train "
            "whole layers on: the norms adapt to its look with few parameters. This was not "
            "tried here; hold it against feature extraction.",
        )  # fmt: skip
    more = f" With fewer than {FEW} labels a class, ask again when there are more." if few else ""
    return _advice(
        "refine", why,
        f"{_no_gain(probed)}; longer training may gain. This begins with the head alone, and what "
        f"learns after it learns slowly.{more}",
    )  # fmt: skip


def _no_gain(probed: Probed) -> str:
    if not probed.gains:
        return "No stage was tried"
    which = "No stage that was tried" if probed.left_out else "No stage"
    return f"{which} gained for sure in a few steps"


def _advice(preset: str, why: list[str], reason: str) -> Advice:
    return Advice(preset, PRESETS[preset].title, [reason, *why])


def _stands_out(best: Gain, probed: Probed) -> bool:
    """Whether its interval lies above every other stage's."""
    others = [gain for gain in probed.gains if gain is not best]
    return bool(others) and all(
        best.difference.low > other.difference.high for other in others
    )  # fmt: skip


def _surgical(
    best: Gain, row: Sequence[Stage], why: list[str], epochs: int, left_out: bool
) -> Advice:
    """The head, then the head and this one stage."""
    preset = PRESETS["lp-ft"]
    stage = next(stage for stage in row if stage.title == best.title)
    head = max(1, epochs // 2)
    plan = learns(row, 1)
    rule = Rule(True, PRESETS["last-block"].lr_backbone / preset.lr)
    both = Plan({**plan.rules, **dict.fromkeys(stage.modules, rule)})
    phases = [
        Phase("Head only", plan, head, preset.lr),
        Phase(f"Head and {stage.title.lower()}", both, max(1, epochs - head), preset.lr),
    ]
    tried = " that was tried" if left_out else ""
    reason = (
        f"{stage.title}, trained alone, gained more than any other stage{tried}, beyond their "
        "intervals: so the head learns first, then the head and this stage."
    )
    wires = [phase.to_wire() for phase in phases]
    return Advice("lp-ft", f"Head, then {stage.title.lower()}", [reason, *why], wires)


def _about_stages(probed: Probed) -> list[str]:
    said = []
    if probed.gains:
        items = probed.gains[0].difference.items
        listed = ", ".join(
            f"{gain.title} {100 * gain.difference.value:+.0f} "
            f"({100 * gain.difference.low:+.0f} to {100 * gain.difference.high:+.0f})"
            for gain in probed.gains
        )
        each = "Each of these stages" if probed.left_out else "Each stage"
        said.append(
            f"{each} was trained alone for a few steps from a trained head. Points gained on "
            f"{items} validation items: {listed}."
        )
        best = max(probed.gains, key=lambda gain: gain.difference.value)
        if len(probed.gains) > 1 and not _stands_out(best, probed):
            said.append("The intervals overlap: which stage is best cannot be told.")
    if probed.left_out:
        said.append(f"There was no time to try: {', '.join(probed.left_out)}.")
    return said


def _labels(bench: Bench) -> Fact:
    counts = np.bincount([example.target for example in bench.splits["train"]])
    counts = counts[counts > 0]
    low, middle, high = int(counts.min()), float(np.median(counts)), int(counts.max())
    words = f"{middle:.0f} labels a class to learn from ({low} to {high}, {len(counts)} classes)."
    return Fact("labels", middle, float(low), float(high), words)


def _source(bench: Bench) -> Fact:
    """How far the data is from the source domain, or plainly that it is not known."""
    if bench.network.kind == "text":
        found = distance.of_texts(bench.network.tokenizer, bench.splits["train"])
        words = (
            f"{found.cut:.0%} of the words ({found.low:.0%} to {found.high:.0%}, of {found.words}) "
            f"are cut into {distance.PIECES} pieces or more, and {found.unknown:.1%} hold a piece "
            "that the tokenizer does not know: "
        )
        words += "the texts use " + (
            "many words that the source had few of." if found.cut >= MANY_CUT
            else "mostly words that the source had many of."
        )  # fmt: skip
        return Fact("words cut up", found.cut, found.low, found.high, words)
    if not bench.network.weights_hash:
        return Fact("distance", None, None, None, "There is no source: the weights are random.")
    examples = bench.splits["train"]
    places = in_turn([e.target for e in examples], distance.MOST, bench.recipe.seed)
    tell = telling(bench.control, bench.emit, "Comparing with what the backbone saw")
    measured = distance.of_pictures(bench, places, tell)
    if measured is None:
        words = (
            "How far the data is from what the backbone saw is not known: it has no batch norm, "
            "and so keeps no record of that."
        )
        return Fact("distance", None, None, None, words)
    return Fact("distance", measured.value, measured.low, measured.high, _far(measured))


def _far(found: distance.Distance) -> str:
    what = "unlike" if found.value >= FAR else "near to"
    return (
        f"The pictures look {what} what the backbone was pre-trained on: its channels differ by "
        f"{found.value:.2f} standard deviations ({found.low:.2f} to {found.high:.2f}; two halves "
        f"of these {found.items} pictures differ by {found.halves:.2f}). For orientation, from "
        "ImageNet: photographs of clothes 0.2, medical slices 0.4, handwritten digits 0.6."
    )


def _probe(bench: Bench) -> Fact:
    tell = telling(bench.control, bench.emit, "Describing the training items")
    found = embed(bench.task, bench.network, bench.kitchen, "train", tell)
    bench.control.check()
    bench.emit(Activity("Cross-validating a linear probe"))
    places, said = cross_validated(found.features, found.targets, bench.recipe.seed)
    if not len(places):
        words = "A linear probe cannot be judged: a class has too few items to hold any out."
        return Fact("linear probe", None, None, None, words)
    true, classes = found.targets[places], len(bench.dataset.classes)
    value = classification.metrics(true, np.eye(classes)[said])["balanced_accuracy"]
    low, high = noise.balanced_interval(true, said, classes)
    words = (
        "A linear probe on the frozen features has a balanced accuracy of "
        f"{value:.2f} ({low:.2f} to {high:.2f}), cross-validated on {len(places)} training items."
    )
    return Fact("linear probe", value, low, high, words)


def _tell(bench: Bench) -> Any:
    def tell(text: str, done: int, total: int) -> None:
        bench.control.check()
        bench.emit(Activity(text, done, total))

    return tell
