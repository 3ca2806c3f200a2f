"""Freeze plans with a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ConfigurationError, StorageError
from engine.freezing.plan import FROZEN, Plan, Rule
from engine.freezing.presets import Phase
from engine.store import plans
from engine.store.project import Project

PHASE = Phase("Head only", Plan({"": FROZEN, "fc": Rule(True, 0.5)}), 3, 1e-3, "linear", 0.2)
STAGES = [("Stem", ["conv1", "bn1"]), ("Head", ["fc"])]


def test_a_plan_survives_as_it_was(project: Project) -> None:
    plans.save(project, "  My   plan ", "resnet18", [PHASE.to_wire()], STAGES)
    (found,) = plans.all_plans(project)
    assert (found.name, found.model) == ("My plan", "resnet18")
    assert [Phase.from_wire(wire) for wire in found.phases] == [PHASE]
    assert found.stages == (("Stem", ("conv1", "bn1")), ("Head", ("fc",)))
    assert found.created == found.changed


def test_the_same_name_is_replaced_and_plans_come_by_name(project: Project) -> None:
    plans.save(project, "b", "resnet18", [PHASE.to_wire()], STAGES)
    plans.save(project, "A", "resnet18", [PHASE.to_wire()], STAGES)
    plans.save(project, "b", "resnet50", [PHASE.to_wire()] * 2, STAGES)
    found = plans.all_plans(project)
    assert [plan.name for plan in found] == ["A", "b"]
    assert found[1].model == "resnet50" and len(found[1].phases) == 2
    assert found[1].changed >= found[1].created


def test_a_plan_is_deleted_once(project: Project) -> None:
    plans.save(project, "b", "resnet18", [PHASE.to_wire()], STAGES)
    (found,) = plans.all_plans(project)
    plans.delete(project, found.id)
    plans.delete(project, found.id)
    assert plans.all_plans(project) == []


def test_a_name_and_a_phase_are_needed(project: Project) -> None:
    with pytest.raises(ConfigurationError) as caught:
        plans.save(project, "  ", "resnet18", [PHASE.to_wire()], STAGES)
    assert caught.value.subject == "plan"
    with pytest.raises(ConfigurationError):
        plans.save(project, "x", "resnet18", [], STAGES)
    assert plans.all_plans(project) == []


def test_a_project_for_reading_keeps_its_plans(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p", "image-classification") as made:
        plans.save(made, "kept", "resnet18", [PHASE.to_wire()], STAGES)
    with Project.open(tmp_path / "p", readonly=True) as opened:
        assert [plan.name for plan in plans.all_plans(opened)] == ["kept"]
        with pytest.raises(StorageError):
            plans.delete(opened, 1)
        with pytest.raises(StorageError):
            plans.save(opened, "other", "resnet18", [PHASE.to_wire()], STAGES)
