"""The Model page in all its states, for the guide.

python tools/tour_models.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import USUAL, Tour  # noqa: E402

from gui.theme import THEME  # noqa: E402
from tests import serving  # noqa: E402

REAL = ROOT / "../shared/data"
COMPARED = ("resnet50", "mobilenet_v3_large", "vit_b_16", "convnext_tiny")
SERVED, LOCKED = "facebook/deit-tiny-patch16-224", "microsoft/rad-dino"
SIZE = 23_000_000  # bytes that the server says a model has
# In a process of its own: the window's never loads what this needs.
FAR = """
import sys
import time
from pathlib import Path
from engine import environment
environment.prepare()
from tests.far import taught
taught(Path(sys.argv[1]))
"""


def models_here(tour: Tour) -> None:
    """Real weights where they are at hand, and a network that learned something far away."""
    home = tour.work / "models"
    home.mkdir(exist_ok=True)
    os.environ["GRAFT_MODELS"] = str(home)
    for name in ("mobilenet_v2", "squeezenet1_1"):
        for file in (REAL / f"weights_{name}").glob("*.safetensors"):
            shutil.copy(file, home)
    far = home / "flat-colours"
    subprocess.run([sys.executable, "-c", FAR, str(far)], cwd=ROOT, check=True)


def tour_models(tour: Tour) -> None:
    models_here(tour)
    tour.go("models")
    page = tour.window.page
    page.entered()
    tour.settle()
    browse(tour)
    rank(tour)
    fetch(tour)
    carry(tour)
    page.show_view("list")


def browse(tour: Tour) -> None:
    page = tour.window.page
    page.filters.kind.choose("medical")
    tour.take("model-medical")
    page.filters.clear()
    page.filters.search.setText("no such model")
    tour.take("model-nothing")
    page.filters.clear()
    page.select("facebook/detr-resnet-50")
    page.show_view("inside")
    tour.wait(lambda: page.inside.told is not None, "what is inside")
    looks(tour, "model-inside")
    page.filters.clear()
    page.show_view("compare")
    tour.take("model-compare-empty")
    page.show_view("scatter")
    page.select("mobilenet_v3_large")
    looks(tour, "model-scatter")
    for name in COMPARED:
        page.turn(next(row for row in page.rows if row.name == name))
    page.show_view("compare")
    looks(tour, "model-compare")
    for name in COMPARED:
        page.turn(next(row for row in page.rows if row.name == name))


def looks(tour: Tour, name: str) -> None:
    """Light, dark, and in a small window."""
    tour.take(name, 0.6)
    THEME.choose("dark")
    tour.take(f"{name}-dark", 0.6)
    THEME.choose("light")
    tour.window.resize(1000, 640)
    tour.take(f"{name}-1000x640", 0.6)
    tour.window.resize(*USUAL)
    tour.settle()


def rank(tour: Tour) -> None:
    page = tour.window.page
    page.show_view("rank")
    tour.take("model-rank-ready")
    page.rank.line.ask.click()
    tour.wait(lambda: page.rank.asked.busy, "the ranking to begin")
    tour.wait(lambda: page.rank.line.said.text() or not page.rank.asked.busy, "its progress")
    tour.save(tour.window, "model-rank-running")
    tour.wait(lambda: not page.rank.asked.busy, "the ranking")
    looks(tour, "model-rank")


def fetch(tour: Tour) -> None:
    """A download on its way, cancelled; one that is not given out."""
    page, session = tour.window.page, tour.window.session
    page.show_view("list")
    with serving.serving() as server:
        files = {"config.json": b'{"model_type": "vit"}', "model.safetensors": bytes(SIZE)}
        server.serve_model(SERVED, files)
        weights = f"/{SERVED}/resolve/{serving.COMMIT}/model.safetensors"
        server.files[weights].moves = [("cut", SIZE // 3), ("stall", SIZE // 3)]
        server.serve(f"/api/models/{LOCKED}", b"", ("status", 401))
        os.environ["HF_ENDPOINT"] = server.address
        page.side.machine.online.click()
        tour.wait(lambda: session.facts.online, "downloads to be allowed")
        page.select(SERVED)
        tour.take("model-online")
        page.side.card.get.click()
        tour.wait(lambda: server.stalled.is_set() or page.error, "the download")
        tour.wait(tour.window.strip.isVisible, "the strip")
        begun = time.monotonic()
        tour.wait(lambda: time.monotonic() > begun + 2, "what has arrived to be told")
        tour.save(tour.window, "model-downloading")
        session.jobs.cancel_all()
        tour.settle()
        page.select(LOCKED)
        page.side.card.get.click()
        tour.wait(lambda: page.error, "the refusal")
        tour.take("model-refused")
        page.clear_error()
        page.side.machine.online.click()
        tour.wait(lambda: not session.facts.online, "downloads to be forbidden")
        del os.environ["HF_ENDPOINT"]


def carry(tour: Tour) -> None:
    """What is dropped, packed and deleted."""
    page = tour.window.page
    dropped = tour.work / "film-densenet.safetensors"
    dropped.write_bytes(bytes(1000))
    page.side.take(dropped)
    tour.wait(lambda: page._question, "the question")
    tour.take("model-dropped")
    page._question.buttons[-1].click()
    tour.settle()
    page.select("flat-colours")
    page.side.show_packing()
    tour.take("model-pack")
    page.side.packing.hide()
    page.side.card.leave.click()
    tour.wait(lambda: page._question, "the question")
    tour.take("model-delete")
    page._question.buttons[-1].click()
    tour.settle()


if __name__ == "__main__":
    from tour import main

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    main(target, only="models")
