"""The linear probe: logistic regression on frozen features (Alain and Bengio 2017)."""

from __future__ import annotations

from typing import Any

import numpy as np

STRENGTHS = (0.001, 0.01, 0.1)  # inverse, of the penalty; chosen by cross-validation
USUAL = 0.01
FOLDS = 5


def probe(features: np.ndarray, targets: np.ndarray, seed: int) -> Any:
    """A fitted scikit-learn pipeline: standardise, then logistic regression.

    Args:
        features: float [n, width]; targets: int [n], two classes at least.
    """
    from sklearn.model_selection import GridSearchCV

    model = _model()
    folds = _folds(targets, seed, 3)
    if folds is None:
        return model.fit(features, targets)
    search = GridSearchCV(
        model, {"logisticregression__C": STRENGTHS}, cv=folds, scoring="neg_log_loss"
    )
    return search.fit(features, targets)


def cross_validated(
    features: np.ndarray, targets: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The class of each item, said by a probe that was not taught with it.

    Returns:
        places int [m] of the items that could be asked, and what was said int [m]. Of a
        class with one item there is nothing to teach once it is held out.
    """
    counts = np.bincount(targets)
    asked = np.flatnonzero(counts[targets] >= 2)
    folds = _folds(targets[asked], seed, FOLDS)
    said = np.zeros(len(asked), dtype=np.int64)
    if folds is None:
        return asked[:0], said[:0]
    for taught, held in folds.split(features[asked], targets[asked]):
        model = _model().fit(features[asked][taught], targets[asked][taught])
        said[held] = model.predict(features[asked][held])
    return asked, said


def _model() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=USUAL, max_iter=200, tol=1e-3))


def _folds(targets: np.ndarray, seed: int, count: int) -> Any:
    """None where a class is too small to be dealt out."""
    from sklearn.model_selection import StratifiedKFold

    counts = np.bincount(targets)
    least = int(counts[counts > 0].min()) if len(targets) else 0
    if least < 2 or np.count_nonzero(counts) < 2:
        return None
    return StratifiedKFold(min(count, least), shuffle=True, random_state=seed)
