"""What the libraries read from the environment when they load. Call `prepare` before they do."""

from __future__ import annotations

import os

from engine.models import offline


def prepare() -> None:
    """Keeps them off the network (see `offline`) and makes them share the processor.

    OpenMP's threads wait for their next piece of work by spinning. Where the
    window, another run or anything else wants the same cores, that makes both
    many times slower; waiting asleep costs nothing that could be measured.
    """
    offline.prepare()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
