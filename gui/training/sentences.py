"""Where a run stands, and why nothing can be started, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.freezing.presets import PRESETS
from gui.facts import Facts
from gui.live import Live, LiveRun
from gui.training.runs import model_name, preset_title
from gui.widgets.words import splits

if TYPE_CHECKING:
    from engine.store.runs import Run


def run_sentence(facts: Facts, live: LiveRun | None, run: Run | None) -> str:
    """Of the run that trains, or the stored run, or the one that could begin."""
    if live is not None and live.started is not None:
        preset = PRESETS[live.started.preset].title.lower()
        return f"{live.name} · {preset} of {live.started.model} · {splits(live.started.items)}"
    if live is not None:
        return live.activity
    if run is not None:
        return f"{run.name} · {preset_title(run).lower()} of {model_name(run)} · {run.state}"
    chosen = facts.model.get("title") or facts.model["name"] if facts.model else "no model"
    words = f"{facts.plan_title} of {chosen} · {splits(facts.counts)}"
    return f"{words}, no group in two of them" if facts.counts["groups"] else words


def waiting(live: Live | None, facts: Facts | None) -> str:
    """Why neither a run nor a search can begin just now; empty when they can."""
    if live is not None:
        what = "The run" if isinstance(live, LiveRun) else "The search"
        return f"{what} is at work; one trains at a time"
    if facts is None or not facts.counts["labelled"]:
        return "Import or label some data first"
    if facts.model is None:
        return "Choose a model first"
    return "This project can only be read; nothing can be trained in it" * facts.readonly
