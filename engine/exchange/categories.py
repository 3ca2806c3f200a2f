"""COCO's categories: the names of classes by their ids."""

from __future__ import annotations

from typing import Any

from engine.exchange.naming import natural


def dicts(values: Any) -> list[dict[str, Any]]:
    """The objects of a list, whatever else is in it."""
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def id_of(value: Any) -> str:
    """An id in one form: 3, 3.0 and "3" are the same, as tables of numbers write it."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def names_by_id(found: dict[str, Any]) -> dict[str, str]:
    """Name by id, without a heading that only holds the others together, as Roboflow makes.

    Where no category has a name, the numbers that annotations have are the names.
    """
    listed = dicts(found.get("categories"))
    named = [(one, name) for one in listed if (name := _name(one))]
    above = {str(one.get("supercategory")) for one in listed}
    used = {id_of(one.get("category_id")) for one in dicts(found.get("annotations"))}
    if not named:
        return {id: id for id in sorted(used, key=natural) if id.isdecimal()}
    return {
        id_of(one.get("id")): name
        for one, name in named
        if not (_is_heading(one, above) and id_of(one.get("id")) not in used)
    }


def has_names(found: dict[str, Any]) -> bool:
    return any(map(_name, dicts(found.get("categories"))))


def _name(one: dict[str, Any]) -> str:
    said = one.get("name")
    return str(said).strip() if isinstance(said, str | int) and not isinstance(said, bool) else ""


def _is_heading(one: dict[str, Any], above: set[str]) -> bool:
    return one["name"] in above and one.get("supercategory") == "none"
