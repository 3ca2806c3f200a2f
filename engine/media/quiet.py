"""Keeps the picture libraries' warnings from the person, who gets a refusal or a picture."""

from __future__ import annotations

import logging
import warnings


def quiet() -> None:
    """Silences warnings that Pillow and pydicom give about a file's metadata.

    Called before each read rather than once: `warnings.catch_warnings`, which
    others use, forgets filters, and is itself not safe between threads.

    pydicom also logs them, and what it logs holds values of the file: names, among others.
    """
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    if not any(
        action == "ignore" and module is not None and module.pattern == _MODULES
        for action, _, _, module, _ in warnings.filters[:4]
    ):
        warnings.filterwarnings("ignore", module=_MODULES)


_MODULES = r"(PIL|pydicom)(\.|$)"
