"""One check of all the data."""

from __future__ import annotations

import time
from collections.abc import Collection

from engine.events import Activity, Emit
from engine.progress import Cancel, silent
from engine.quality.finding import SEVERITIES, Report
from engine.quality.holdings import Holdings
from engine.quality.kinds import Lacking, kinds
from engine.store.project import Project


def check(
    project: Project,
    emit: Emit = silent,
    cancel: Cancel | None = None,
    only: Collection[str] | None = None,
) -> Report:
    """Looks for every kind of trouble and changes nothing but the cache.

    Args:
        only: kinds to look for, by name; None: all.

    Raises:
        Cancelled: on request.
    """
    known = kinds()
    report = Report()
    cancel = cancel or Cancel()
    holdings = Holdings(project, emit, cancel)
    for name, module in known.items():
        if only is not None and name not in only:
            continue
        cancel.check()
        emit(Activity(module.TITLE))
        began = time.perf_counter()
        try:
            report.findings += module.look(holdings)
            report.looked.append(module.TITLE)
        except Lacking as lacking:
            report.lacking.append((module.TITLE, str(lacking)))
        report.seconds[name] = time.perf_counter() - began
    report.findings.sort(key=lambda one: SEVERITIES.index(one.severity))
    return report
