"""Drives the real window through the whole job on real data and takes the guide's pictures.

    python tools/tour.py [FOLDER]      pictures go to FOLDER, docs/pictures by default

Without a screen it works offscreen. The data are scikit-learn's handwritten digits,
the weights those that the demo earns.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
if sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from driving import USUAL, Tour  # noqa: E402
from PySide6.QtCore import QSettings  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402
from tour_data import tour_data  # noqa: E402
from tour_kinds import tour_kinds  # noqa: E402
from tour_layers import tour_layers  # noqa: E402
from tour_models import tour_models  # noqa: E402
from tour_results import SIDE, alone, one_run, tour_results  # noqa: E402
from tour_search import tour_search  # noqa: E402

from gui.app import application  # noqa: E402
from gui.theme import THEME  # noqa: E402

SMALL, LARGE = (1280, 800), (2560, 1440)


def data_and_weights(work: Path) -> tuple[Path, Path | None, str]:
    """Pictures to learn from, weights that learned other digits, and the model they are for."""
    from engine.exchange.digits import write_digits

    write_digits(work / "digits", classes=range(5, 10))
    model = "resnet18"
    weights = work / f"{model}.safetensors"
    # In a process of its own: the window's never loads what this needs.
    command = [sys.executable, "-m", "tools.earned", str(work), str(weights), model, str(SIDE)]
    subprocess.run(command, cwd=ROOT, check=True)
    return work / "digits", weights, model


def first_steps(tour: Tour, data: Path) -> None:
    tour.take("start")
    page = tour.window.page
    page.create_button.click()
    tour.take("start-error")
    tour.make("Digits", "image-classification")
    tour.take("data-empty")
    page = tour.window.page
    page.begin_import()
    tour.take("import-choose")
    nothing = tour.work / "nothing"
    nothing.mkdir()
    page.sheet.choose(nothing)
    tour.take("import-error")
    page.sheet.begin()
    page.sheet.choose(data)
    tour.wait(lambda: page.sheet.steps.currentIndex() == 1, "a look")
    page.sheet.form.pattern_field.setText(r"/(\w\w)")
    tour.take("import-form")
    page.sheet.form.pattern_field.clear()
    page.sheet.form.button.click()
    tour.wait(lambda: page.sheet.report or not tour.window.strip.isHidden(), "the strip")
    tour.save(tour.window, "import-running")
    tour.wait(lambda: page.sheet.report is not None, "the import")
    tour.take("import-report")
    page.sheet.close_sheet()


def choose(tour: Tour, weights: Path | None, name: str) -> None:
    for page, state in (("layers", "layers-empty"), ("training", "train-no-model"),
                        ("results", "results-empty"), ("use", "use-empty")):  # fmt: skip
        tour.go(page)
        tour.take(state)
    tour.go("models")
    tour.wait(lambda: tour.window.page.stack.currentWidget() is tour.window.page.full, "models")
    page = tour.window.page
    if weights is not None:
        page.use_weights(weights)
    else:
        page.table.choose(lambda row: row.name == name)
        page.choose(page.table.current)
    tour.wait(lambda: tour.window.session.facts.model, "the choice")
    tour.take("model")
    if weights is None:
        tour.window.session.set(preset="scratch")
        return
    tour_models(tour)
    tour_layers(tour)


def learn(tour: Tour, weights: Path | None) -> None:
    session = tour.window.session
    if weights:
        session.set_recipe({"image_size": SIDE})  # as the weights were earned
        tour.wait(lambda: session.facts.recipe.get("image_size") == SIDE, "the size")
    tour.go("training")
    tour.take("train-ready")
    field = tour.window.page.form._fields["epochs"]
    field.setText("0")
    field.editingFinished.emit()
    tour.take("train-field-error")
    field.setText("60" if weights else "2")  # long enough to be seen while it runs
    field.editingFinished.emit()
    tour.settle()
    tour.train("train")
    tour.take("train-finished")
    if weights:
        one_run(tour)
        session.set_recipe({"epochs": 2}, preset="last-block")
        tour.wait(lambda: session.facts.preset == "last-block", "the preset")
        tour.train("train-second")


def judge(tour: Tour, data: Path) -> None:
    tour.go("results")
    page = tour.window.page
    tour.wait(lambda: page.judged is not None, "the result")
    tour.take("results")
    wrong = page.judged.summary.confusion.copy()
    for place in range(len(wrong)):
        wrong[place, place] = 0
    if not wrong.any():
        wrong = page.judged.summary.confusion
    page.matrix.choose(*divmod(int(wrong.argmax()), len(wrong)))
    tour.take("results-cell", 1.0)
    tour.go("use")
    files = sorted(data.rglob("*.jpg"))[::60] or sorted(data.rglob("*.png"))[::60]
    long = tour.work / f"{'a very long name of a file that goes on and on ' * 3}.jpg"
    shutil.copy(files[0], long)
    broken = tour.work / "not a picture.png"
    broken.write_text("this is no picture")
    tour.take("use-ready")
    tour.window.page.predict([long, *files[1:7], broken])
    tour.wait(lambda: tour.window.page.predictions.model.rows, "predictions")
    tour.take("use", 1.0)
    tour.window.page.export.export_to(tour.work / "exported")
    tour.wait(lambda: tour.window.page.export._asked is None, "the export")
    tour.take("use-exported")


def show_good_run(tour: Tour) -> None:
    """The longest of the best on the Train page: the newest may be a trial that was cut short."""
    tour.go("training")
    page = tour.window.page
    page.show_view("run")
    finished = [run for run in tour.window.session.facts.runs if run.state == "finished"]
    good = max(finished, key=lambda run: (run.best_validation or 0.0, run.epochs))
    page.runs.table.choose(lambda run: run.id == good.id)
    tour.wait(lambda: page.run == good, "the curves of a good run")


def sizes_and_looks(tour: Tour) -> None:
    """Every page in both looks, small and large."""
    show_good_run(tour)
    pages = {"data": "digits", "models": "model", "training": "train-finished",
             "results": "results-cell", "use": "use"}  # fmt: skip
    for (wide, high), tag in ((USUAL, ""), (SMALL, "-1280x800"), (LARGE, "-2560x1440")):
        tour.window.resize(wide, high)
        for look in ("light", "dark"):
            if tag and look == "dark":
                continue
            THEME.choose(look)
            for page, name in pages.items():
                tour.go(page)
                if tag or look == "dark":
                    tour.take(name.split("-")[0] + tag + ("-dark" if look == "dark" else ""), 0.6)
                elif page == "data":
                    tour.take("digits", 1.0)
    THEME.choose("light")
    tour.window.resize(1100, 720)
    tour.go("data")
    tour.window.page.drawer.setChecked(True)
    tour.take("data-drawer")
    tour.window.resize(*USUAL)
    tour.window.show_keys()
    sheet = tour.window.findChildren(QWidget, "")
    tour.settle()
    for one in sheet:
        if type(one).__name__ == "KeySheet":
            tour.save(one, "keys")
            one.close()


def texts(tour: Tour) -> None:
    """A text project: rows in place of tiles, and long names."""
    lines = ["text,label"]
    for number in range(60):
        kind = ("refund", "delivery", "a class whose name is too long for any chip")[number % 3]
        lines.append(f'"Ticket {number}: where is my {kind}? I wrote to you twice.",{kind}')
    table = tour.work / "tickets.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    tour.window.session.close()
    tour.take("start-recent")
    tour.make("Tickets of a customer whose name is long", "text-classification")
    page = tour.window.pages["data"]
    page.begin_import()
    page.sheet.choose(table)
    tour.wait(lambda: page.sheet.steps.currentIndex() == 1, "a look")
    tour.take("import-csv")
    tour.import_data(table)
    tour.take("data-texts", 0.8)
    tour.go("models")
    tour.take("model-texts", 0.8)


def begun(app: QApplication, out: Path, work: Path) -> Tour:
    tour = Tour(app, out, work)
    tour.window.session.jobs.bug.connect(lambda bug: sys.exit(bug.details))
    return tour


def main(out: Path, only: str = "") -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="graft-tour-") as folder:
        work = Path(folder)
        # Whoever makes the pictures is not in them.
        os.environ.update(HOME=str(work), USERPROFILE=str(work), LOGNAME="anna")
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        scope = QSettings.Scope.UserScope
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(work / "settings"))
        app = application(["graft"])
        THEME.choose("light")
        labelling = {"data": tour_data, "kinds": tour_kinds}
        if only in labelling:
            tour = begun(app, out, work)
            labelling[only](tour)
            tour.end()
            return
        data, weights, name = data_and_weights(work)
        tour = begun(app, out, work)
        if only:
            tour.make("Digits", "image-classification")
            tour.import_data(data)
            tour.go("models")
            tour.window.page.use_weights(weights)
            tour.wait(lambda: tour.window.session.facts.model, "the choice")
            parts = {"layers": tour_layers, "search": tour_search, "models": tour_models}
            if only in parts:
                parts[only](tour)
            else:
                alone(tour, data)
            tour.end()
            return
        first_steps(tour, data)
        choose(tour, weights, name)
        learn(tour, weights)
        judge(tour, data)
        if weights:
            tour_results(tour, data)
            tour_search(tour)
        sizes_and_looks(tour)
        texts(tour)
        tour_data(tour)
        tour_kinds(tour)
        tour.end()
    print(f"{len(tour.taken)} pictures in {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
