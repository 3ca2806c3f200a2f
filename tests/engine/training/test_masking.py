"""The address of a storage is shown, and what opens it never is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy.exc import OperationalError

from engine.errors import StorageError
from engine.store.project import Project
from engine.training import study as studies
from engine.training.masking import masked
from engine.training.recipe import Recipe
from engine.training.search_space import Order

URL = "postgresql://anna:s%40cret@server/searches"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "postgresql://anna:***@server/searches"),
        ("mysql://anna:p@ss/word@server/x", "mysql://anna:***@server/x"),
        ("postgresql://server/x?user=anna&password=secret",
         "postgresql://server/x?user=anna&password=***"),
        ("postgresql://anna@server:5432/x", "postgresql://anna@server:5432/x"),
        ("sqlite:////data/search.sqlite", "sqlite:////data/search.sqlite"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert masked(url, url) == shown


def test_what_a_driver_says_of_it_is_masked_too() -> None:
    said = f"no route: host=server password=s@cret, from {URL}"
    hidden = masked(said, URL)
    assert "s@cret" not in hidden and "s%40cret" not in hidden and "host=server" in hidden


@pytest.mark.parametrize("wrapped", [False, True])
def test_no_detail_of_an_error_holds_it(
    wrapped: bool, project_for: Callable[[str], Project], recipe_for: Callable[..., Recipe],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    """The storage opens, and breaks later: in Optuna's own words or in its driver's."""
    project = project_for("vit")
    order = Order.of({"recipe": recipe_for("vit").to_wire(), "storage": URL}, "image")
    here = f"sqlite:///{tmp_path / 'study.sqlite'}"
    monkeypatch.setattr(studies, "RDBStorage", lambda url, *_, **more: RDBStorage(here, **more))
    broken = OperationalError(f"connecting to {URL}", {}, Exception("password 's@cret' refused"))
    error: Exception = broken
    if wrapped:
        error = StorageInternalError("An exception is raised during the commit.")
        error.__cause__ = broken
    with pytest.raises(StorageError) as refused, studies.opened(project, order):
        raise error
    details = refused.value.details
    assert "connecting to postgresql://anna:***@server" in details
    assert "s@cret" not in details and "s%40cret" not in details


def test_an_address_that_cannot_be_opened(
    project_for: Callable[[str], Project], recipe_for: Callable[..., Recipe],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def refuse(url: str, *_: object, **__: object) -> None:
        raise ValueError(f"cannot parse {url}")

    monkeypatch.setattr(studies, "RDBStorage", refuse)
    order = Order.of({"recipe": recipe_for("vit").to_wire(), "storage": URL}, "image")
    with pytest.raises(StorageError) as refused, studies.opened(project_for("vit"), order):
        pass
    assert "s%40cret" not in f"{refused.value} {refused.value.details}"
