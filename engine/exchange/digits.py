"""The sample that ships with Graft: scikit-learn's 1,797 real handwritten digits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

EDGE = 32  # px; the digits are 8 x 8 and enlarged, so that a person can see them


def write_digits(folder: Path, classes: Sequence[int] = range(10)) -> int:
    """Writes the digits of these classes as grey PNG files: FOLDER/DIGIT/NUMBER.png.

    Returns:
        how many files there are now. The same call writes the same bytes.

    Raises:
        OSError: the folder cannot be written.
    """
    from sklearn.datasets import load_digits  # slow to load, and only the sample needs it

    data = load_digits()
    count = 0
    for number, (levels, digit) in enumerate(zip(data.images, data.target, strict=True)):
        if int(digit) not in classes:
            continue
        place = Path(folder) / str(int(digit))
        place.mkdir(parents=True, exist_ok=True)
        # 17 levels, 0 (paper) to 16 (ink).
        small = Image.fromarray((levels * (255 / 16)).round().astype("uint8"))
        large = small.resize((EDGE, EDGE), Image.Resampling.BICUBIC)
        large.save(place / f"{number:04d}.png")
        count += 1
    return count
