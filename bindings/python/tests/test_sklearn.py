"""The estimator for scikit-learn."""

import inspect
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from sentiment_toolkit._sentiment_toolkit import _recipe_settings
from sentiment_toolkit.sklearn import SentimentClassifier

# The checks of scikit-learn that make no matrix of numbers. Each is called by itself, because `check_estimator` runs none for
# an estimator without two-dimensional input.
CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
    estimator_checks.check_mixin_order,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
]

# Why the others do not apply; the tests below check the same for texts.
SKIPPED = {
    "they fit matrices of numbers": [
        "check_classifiers_train", "check_classifiers_classes", "check_classifiers_regression_target",
        "check_classifiers_one_label", "check_classifiers_one_label_sample_weights",
        "check_classifier_data_not_an_array", "check_supervised_y_2d",
        "check_supervised_y_no_nan", "check_requires_y_none", "check_estimators_dtypes", "check_estimators_pickle",
        "check_estimators_overwrite_params", "check_estimators_unfitted", "check_estimators_fit_returns_self",
        "check_estimator_sparse_array", "check_estimator_sparse_matrix", "check_estimator_sparse_tag",
        "check_fit2d_1feature", "check_fit2d_1sample", "check_fit2d_predict1d", "check_fit1d",
        "check_fit_check_is_fitted", "check_fit_idempotent", "check_fit_score_takes_y", "check_dict_unchanged",
        "check_dont_overwrite_parameters", "check_complex_data", "check_dtype_object", "check_estimators_empty_data_messages",
        "check_estimators_nan_inf", "check_f_contiguous_array_estimator", "check_methods_sample_order_invariance",
        "check_methods_subset_invariance", "check_pipeline_consistency", "check_readonly_memmap_input",
        "check_positive_only_tag_during_fit", "check_decision_proba_consistency", "check_class_weight_classifiers",
        "check_estimators_partial_fit_n_features", "check_array_api_input", "check_array_api_mixed_inputs",
        "check_array_api_same_namespace",
    ],
    "they are for linear models or count iterations": [
        "check_class_weight_balanced_linear_classifier", "check_sparsify_coefficients",
        "check_non_transformer_estimators_n_iter",
    ],
    "texts have no features": [
        "check_n_features_in", "check_n_features_in_after_fitting",
    ],
    "texts have no weights": [
        "check_sample_weights_pandas_series", "check_sample_weights_not_an_array", "check_sample_weights_list",
        "check_sample_weights_shape", "check_all_zero_sample_weights_error", "check_sample_weights_not_overwritten",
        "check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data",
    ],
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_of_scikit_learn(check):
    check("SentimentClassifier", SentimentClassifier())


@pytest.mark.skipif(not sklearn.__version__.startswith("1.9."), reason="the list is of scikit-learn 1.9")
def test_every_check_is_called_or_has_a_reason():
    def name(check):
        return name(check.func) if hasattr(check, "func") else check.__name__

    of_classifiers = estimator_checks.estimator_checks_generator(LogisticRegression(), legacy=True)
    listed = {check.__name__ for check in CHECKS}.union(*SKIPPED.values())
    assert {name(check) for _estimator, check in of_classifiers} <= listed


def test_every_setting_of_the_recipe_is_an_argument():
    arguments = inspect.signature(SentimentClassifier).parameters
    settings = [name for name, _help, _default in _recipe_settings()]
    assert "hidden_size" in settings and set(settings) < set(arguments)
    assert list(SentimentClassifier(epochs=2).get_params()) == sorted(arguments)
    assert "hidden_size" in SentimentClassifier.__doc__
    with pytest.raises(TypeError, match="no setting 'hidden'"):
        SentimentClassifier(hidden=3)


def test_fit_predict_and_score(corpus):
    texts, labels = corpus
    estimator = SentimentClassifier(seed=1)
    assert is_classifier(estimator)
    with pytest.raises(NotFittedError):
        estimator.predict(texts)
    assert estimator.fit(texts, labels) is estimator
    assert estimator.classes_.tolist() == ["neg", "pos"]
    assert not hasattr(estimator, "n_features_in_") and not hasattr(estimator, "partial_fit")
    assert estimator.score(texts, labels) > 0.95
    again = clone(estimator).fit(pd.Series(texts), pd.Series(labels))
    assert (again.predict_proba(texts) == estimator.predict_proba(texts)).all()
    assert repr(estimator) == "SentimentClassifier(seed=1)"


@pytest.mark.parametrize(
    "classes",
    [[0, 1], [10, 9], [-1, 1], [False, True], [np.str_("b"), np.str_("a")], [1.0, 2.0]],
    ids=str,
)
def test_classes_keep_their_type_and_order(corpus, classes):
    texts, labels = corpus
    y = np.array([classes[label == "pos"] for label in labels])
    estimator = SentimentClassifier(seed=1).fit(texts, y)
    assert estimator.classes_.tolist() == sorted(classes) and estimator.classes_.dtype == y.dtype
    predicted = estimator.predict(texts)
    assert predicted.dtype == y.dtype and (predicted == y).mean() > 0.95
    columns = estimator.predict_proba(texts).argmax(axis=1)
    assert (estimator.classes_[columns] == predicted).mean() > 0.99


def test_unusable_labels_and_weights_are_errors(corpus):
    texts, labels = corpus
    with pytest.raises(ValueError, match="needs two or more classes"):
        SentimentClassifier().fit(texts, ["a"] * len(texts))
    with pytest.raises(ValueError, match="requires y"):
        SentimentClassifier().fit(texts, None)
    with pytest.raises(ValueError, match="1d array"):
        SentimentClassifier().fit(texts, [[label] for label in labels])
    with pytest.raises(ValueError, match="Unknown label type"):
        SentimentClassifier().fit(texts, np.linspace(0.1, 1.2, len(texts)))
    with pytest.raises(ValueError, match="sample_weight is not supported"):
        SentimentClassifier().fit(texts, labels, sample_weight=[1.0] * len(texts))


def test_it_works_with_the_tools_of_scikit_learn(corpus, tmp_path):
    texts, labels = np.array(corpus[0]), np.array(corpus[1])
    assert cross_val_score(SentimentClassifier(), texts, labels, cv=2).mean() > 0.9
    pipeline = Pipeline([("strip", FunctionTransformer(lambda texts: [text.strip() for text in texts])), ("model", SentimentClassifier())])
    assert pipeline.fit(texts, labels).score(texts, labels) > 0.95
    search = GridSearchCV(SentimentClassifier(), {"ngrams": [1, 2]}, cv=2, n_jobs=2).fit(texts, labels)
    assert search.best_params_["ngrams"] in (1, 2)
    calibrated = CalibratedClassifierCV(SentimentClassifier(), cv=2).fit(texts, labels)
    assert calibrated.predict_proba(texts).shape == (len(texts), 2)
    estimator = search.best_estimator_
    joblib.dump(estimator, tmp_path / "model.joblib")
    for other in (joblib.load(tmp_path / "model.joblib"), pickle.loads(pickle.dumps(estimator))):
        assert (other.predict_proba(texts) == estimator.predict_proba(texts)).all()


def test_a_model_to_start_from(corpus):
    estimator = SentimentClassifier(from_pretrained="general").fit(*corpus)
    assert estimator.predict(["a joy to watch"]) == ["pos"]
    assert estimator.classifier_.explain("a joy to watch", "gradient").label == "pos"
