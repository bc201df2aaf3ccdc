"""An estimator for scikit-learn.

>>> from sentiment_toolkit.sklearn import SentimentClassifier
>>> texts = ["good film", "bad film", "a good plot", "a bad plot"] * 10
>>> labels = ["pos", "neg", "pos", "neg"] * 10
>>> SentimentClassifier().fit(texts, labels).predict(["a good one"])
array(['pos'], dtype='<U3')
"""

from inspect import Parameter, Signature

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from sentiment_toolkit._sentiment_toolkit import _recipe_settings, train

__all__ = ["SentimentClassifier"]

# What is not a setting of the recipe: the preset, and the data beside the texts.
_OF_DATA = {
    "from_pretrained": "Model to start from: \"general\", \"chinese\" or a folder",
    "preset": "Preset: auto, reviews, sentences or few",
    "embeddings": "Word vectors: a file, sample or none",
    "validation_split": "Fraction of the texts held out for validation",
}
_SETTINGS = _OF_DATA | {name: help for name, help, _default in _recipe_settings()}


def _settings_as_arguments(init):
    """Gives the constructor one argument for each setting, for scikit-learn, which reads its signature."""
    self = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    settings = [Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in _SETTINGS]
    init.__signature__ = Signature([self, *settings])
    return init


class SentimentClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of texts.

    ``X`` is a list, a NumPy array or a column of texts, and not a matrix, so there is no vectorizer before it. A setting
    that is None is left to the preset, which by default depends on the number of texts and on their length.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels.
    classifier_ : Classifier
        The trained model, which explains predictions and can be saved.

    Parameters
    ----------
    """

    __doc__ += "".join(f"{name} : default=None\n        {help}.\n    " for name, help in _SETTINGS.items())

    @_settings_as_arguments
    def __init__(self, **settings):
        for name in settings:
            if name not in _SETTINGS:
                raise TypeError(f"SentimentClassifier has no setting {name!r}")
        for name in _SETTINGS:
            setattr(self, name, settings.get(name))

    def fit(self, X, y, sample_weight=None):
        """Trains on texts ``X`` with one label each in ``y``.

        Texts have no weights: ``sample_weight`` must be None. ``class_weights="balanced"`` weights labels.
        """
        if sample_weight is not None:
            raise ValueError(
                "sample_weight is not supported: texts have no weights; class_weights weights labels"
            )
        y = self._check_labels(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"the classifier needs two or more classes, and the labels have {len(self.classes_)} class"
            )
        names = [str(label) for label in self.classes_]
        settings = self.get_params(deep=False)
        self.classifier_ = train((X, [names[index] for index in indices]), **settings)
        # The model orders labels that are numbers by value, and others by their bytes.
        labels = self.classifier_.labels
        self._columns = np.array([labels.index(name) for name in names])
        return self

    def predict_proba(self, X):
        """Returns the probability of each class of ``classes_``, ``[texts, classes]``."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(X)[:, self._columns]

    def predict(self, X):
        """Returns the label of each text."""
        check_is_fitted(self)
        labels = self.classifier_.predict(X)
        of_name = {str(label): label for label in self.classes_}
        return np.array([of_name[label] for label in labels], dtype=self.classes_.dtype)

    def _check_labels(self, y):
        if y is None:
            raise ValueError("SentimentClassifier requires y to be passed, but the target y is None")
        y = np.asarray(y)
        if y.ndim != 1:
            raise ValueError(f"y should be a 1d array, got an array of shape {y.shape} instead")
        check_classification_targets(y)
        return y

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        # Word vectors and dropout rates suit texts, not the blobs of numbers in scikit-learn's checks.
        tags.classifier_tags.poor_score = True
        return tags
