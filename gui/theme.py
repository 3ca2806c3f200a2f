"""How Graft looks: every colour and size, light and dark, in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from gui.stylesheet import stylesheet


@dataclass(frozen=True)
class Colors:
    background: str
    surface: str
    line: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    accent_text: str
    on_accent: str
    frozen: str
    frozen_soft: str
    frozen_text: str
    trainable: str
    trainable_soft: str
    trainable_text: str
    good: str
    bad: str
    bad_soft: str
    skeleton: str
    reading: str = "#0B0D10"  # pictures are read on near-black in both themes
    on_reading: str = "#C5CDD6"


LIGHT = Colors(
    background="#F6F7F9", surface="#FFFFFF", line="#E2E6EB", text="#1A1F26", muted="#5E6875",
    accent="#1F6FEB", accent_soft="#E8F0FE", accent_text="#1A5FCC", on_accent="#FFFFFF",
    frozen="#5B9BD5", frozen_soft="#E5F0FA", frozen_text="#2A6CA8",
    trainable="#D9822B", trainable_soft="#FCEEDD", trainable_text="#9A5410",
    good="#2E7D4F", bad="#B3372F", bad_soft="#FBEAE8", skeleton="#E9ECF0",
)  # fmt: skip
DARK = Colors(
    background="#14171B", surface="#1C2127", line="#2D343C", text="#E7EBF0", muted="#98A3B0",
    accent="#6AA5FF", accent_soft="#22324A", accent_text="#6AA5FF", on_accent="#0E1420",
    frozen="#7FB4E6", frozen_soft="#1D2D3D", frozen_text="#7FB4E6",
    trainable="#F0A95B", trainable_soft="#38291A", trainable_text="#F0A95B",
    good="#6CC08B", bad="#F08A82", bad_soft="#3A2322", skeleton="#272D35",
)  # fmt: skip

# Okabe-Ito: colour-blind readers tell them apart. The order in which classes take them.
CLASS_PALETTE = (
    "#E69F00", "#56B4E9", "#CC79A7", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#999999",
)  # fmt: skip
# For runs side by side: those of it that stand out best on light and on dark come first.
RUN_PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

TEXT, SMALL, SECTION, FIGURE, TITLE = 13, 12, 14, 20, 21  # px at the usual system font
ROW, HIT, RAIL, DETAILS, FOLD = 30, 28, 204, 300, 1200  # px
RADIUS, CARD_RADIUS = 6, 8


class Theme(QObject):
    """The look in force. `changed` tells those who paint by themselves to do it again."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colors = LIGHT
        self.scale = 1.0
        self.choice = "system"  # system, light, dark
        self._family = ""

    def begin(self, app: QApplication) -> None:
        """Takes the system's font and colours, and the person's setting, if any."""
        app.setStyle("Fusion")
        size = QFontInfo(app.font()).pixelSize()
        self.scale = max(TEXT, size) / TEXT
        self.choice = str(QSettings().value("theme", "system"))
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    def choose(self, choice: str) -> None:
        """Sets 'system', 'light' or 'dark', for this and later windows."""
        self.choice = choice
        QSettings().setValue("theme", choice)
        self._apply()

    @property
    def dark(self) -> bool:
        return self.colors is DARK

    def px(self, size: float) -> int:
        """A size of the sketch in this screen's pixels, grown with the system's font."""
        return round(size * self.scale)

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        color = QColor(getattr(self.colors, name))
        color.setAlphaF(alpha)
        return color

    def class_color(self, place: int) -> QColor:
        return QColor(CLASS_PALETTE[place % len(CLASS_PALETTE)])

    def run_color(self, place: int) -> QColor:
        return QColor(RUN_PALETTE[place % len(RUN_PALETTE)])

    def ink_on(self, ground: QColor) -> QColor:
        """Near-black or white, whichever is easier to read on `ground`."""
        dark, light = QColor(LIGHT.reading), QColor(LIGHT.surface)
        return dark if contrast(ground, dark) >= contrast(ground, light) else light

    def font(self, size: int = TEXT, bold: bool = False) -> QFont:
        """Figures are tabular, so that a number that changes does not move its neighbours."""
        font = QFont(QApplication.font())
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        font.setFeature(QFont.Tag.fromString("tnum"), 1)
        return font

    def _apply(self) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        system = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self.colors = DARK if self.choice == "dark" or self.choice == "system" and system else LIGHT
        app.setFont(self.font())
        app.setPalette(self._palette())
        app.setStyleSheet(stylesheet(self._tokens()))
        self.changed.emit()

    def _tokens(self) -> dict[str, str]:
        tokens = {field.name: str(getattr(self.colors, field.name)) for field in fields(Colors)}
        sizes = {
            "p1": 1, "p2": 2, "p4": 4, "p6": 6, "p8": 8, "p10": 10, "p12": 12, "p16": 16,
            "text_px": TEXT, "small_px": SMALL, "section_px": SECTION, "figure_px": FIGURE,
            "title_px": TITLE, "tall": 44, "row": ROW,
            "hit": HIT - 2, "radius": RADIUS, "card": CARD_RADIUS,
        }  # fmt: skip
        return tokens | {name: f"{self.px(size)}px" for name, size in sizes.items()}

    def _palette(self) -> QPalette:
        role, palette = QPalette.ColorRole, QPalette()
        for target, name in (
            (role.Window, "background"), (role.WindowText, "text"), (role.Base, "surface"),
            (role.AlternateBase, "background"), (role.Text, "text"), (role.Button, "surface"),
            (role.ButtonText, "text"), (role.ToolTipBase, "surface"), (role.ToolTipText, "text"),
            (role.PlaceholderText, "muted"), (role.Highlight, "accent"),
            (role.HighlightedText, "on_accent"), (role.Link, "accent"), (role.Mid, "line"),
        ):  # fmt: skip
            palette.setColor(target, self.color(name))
        for target in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, target, self.color("muted", 0.6))
        return palette


def contrast(one: QColor, other: QColor) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    a, b = sorted((_luminance(one), _luminance(other)))
    return (b + 0.05) / (a + 0.05)


def _luminance(color: QColor) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


THEME = Theme()
