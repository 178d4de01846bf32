"""What the words alone tell: TF-IDF and ridge regression, one model per criterion of each rubric. Pure.

The classic of automated scoring (cf. Phandi, Chai & Ng 2015 on bag-of-words baselines): log term frequencies of words
and word pairs, an L2 penalty chosen by cross-validation in which no person is on both sides, predictions clipped to
the rubric's bounds. A rubric with speeches of fewer than six persons in training is not fitted, and one never seen in
training cannot be: both are answered with the constants of ``predict_mean``, for an unseen rubric its mean share of the
maximum. Where no penalty does better than the mean in cross-validation, the mean answers as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.baselines import Constants, predict_mean
from speechgrade_trainer.evaluation.ground import FloatArray, Points, points_of

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_FOLDS, _MIN_PERSONS, _MAX_WORDS = 5, 6, 20_000
_Place = tuple[str, str]


@dataclass(frozen=True)
class TfidfRidge:
    """Fitted models by rubric, and the constants for what could not be fitted."""

    fitted: Mapping[str, "_Fitted"]
    constants: Constants

    def points(self, examples: Sequence[Example]) -> list[Points]:
        """The points of every criterion of each speech, not rounded to the grid."""
        found: dict[int, Points] = {}
        by_rubric: dict[str, list[int]] = {}
        for index, example in enumerate(examples):
            by_rubric.setdefault(example.rubric_key, []).append(index)
        for key, places in by_rubric.items():
            mine = [examples[index] for index in places]
            answers = self.fitted[key].points(mine) if key in self.fitted else [*map(self.constants.points, mine)]
            found.update(zip(places, answers, strict=True))
        return [found[index] for index in range(len(examples))]


def fit_tfidf_ridge(train: Sequence[Example]) -> TfidfRidge:
    """Learn from the training split."""
    by_rubric: dict[str, list[Example]] = {}
    for example in train:
        by_rubric.setdefault(example.rubric_key, []).append(example)
    fitted = {}
    for key, examples in by_rubric.items():
        if len({example.subject for example in examples}) >= _MIN_PERSONS:
            fitted[key] = _fit(examples)
    return TfidfRidge(fitted, predict_mean(train))


@dataclass(frozen=True)
class _Fitted:
    vectorizer: Any
    weights: FloatArray
    means: FloatArray
    places: tuple[_Place, ...]
    maxima: FloatArray

    def points(self, examples: Sequence[Example]) -> list[Points]:
        table = self.vectorizer.transform([_text(example) for example in examples]) @ self.weights + self.means
        # The solver's last digits depend on the machine's threads.
        rows = np.clip(table, 0, self.maxima).round(6).tolist()
        return [dict(zip(self.places, row, strict=True)) for row in rows]


def _fit(examples: Sequence[Example]) -> _Fitted:
    human = [points_of(example.human) for example in examples]
    places = tuple(human[0])
    table = np.array([[points[place] for place in places] for points in human])
    persons = np.unique([example.subject for example in examples], return_inverse=True)[1]
    texts = [_text(example) for example in examples]
    alphas = _chosen(texts, table, persons % _FOLDS)
    vectorizer, weights, means = _regression(texts, table, alphas)
    criteria = {(c.name, one.name): one.max_points for c in examples[0].rubric.categories for one in c.criteria}
    return _Fitted(vectorizer, weights, means, places, np.array([criteria[place] for place in places]))


def _chosen(texts: Sequence[str], table: FloatArray, fold: Any) -> FloatArray:
    """The penalty of each criterion with the least squared error on persons left out; infinite where the mean wins."""
    candidates = (*_ALPHAS, np.inf)
    errors = np.zeros((len(candidates), table.shape[1]))
    for held in range(_FOLDS):
        inside, outside = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        vectorizer, words, means = _vectorized([texts[index] for index in inside], table[inside])
        unseen = vectorizer.transform([texts[index] for index in outside])
        for row, alpha in enumerate(candidates):
            weights = _solved(words, table[inside] - means, np.full(table.shape[1], alpha))
            errors[row] += ((unseen @ weights + means - table[outside]) ** 2).sum(0)
    # On a tie the stronger penalty: it claims less.
    best = len(candidates) - 1 - np.argmin(errors[::-1], axis=0)
    chosen: FloatArray = np.array(candidates)[best]
    return chosen


def _regression(texts: Sequence[str], table: FloatArray, alphas: FloatArray) -> tuple[Any, FloatArray, FloatArray]:
    vectorizer, words, means = _vectorized(texts, table)
    return vectorizer, _solved(words, table - means, alphas), means


def _vectorized(texts: Sequence[str], table: FloatArray) -> tuple[Any, Any, FloatArray]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    rare = 2 if len(texts) >= 20 else 1
    # The fence around a transcript is a word of every prompt, so the vocabulary is never empty.
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=rare, max_features=_MAX_WORDS)
    return vectorizer, vectorizer.fit_transform(texts), table.mean(axis=0)


def _solved(words: Any, residuals: FloatArray, alphas: FloatArray) -> FloatArray:
    """The weights of shape (words, criteria); none where the penalty is infinite."""
    from sklearn.linear_model import Ridge

    weights = np.zeros((words.shape[1], residuals.shape[1]))
    finite = np.flatnonzero(np.isfinite(alphas))
    if len(finite):
        model = Ridge(alpha=alphas[finite], fit_intercept=False, solver="sparse_cg", tol=1e-4)
        weights[:, finite] = model.fit(words, residuals[:, finite]).coef_.reshape(len(finite), -1).T
    return weights


def _text(example: Example) -> str:
    return example.prompt[-1]["content"]
