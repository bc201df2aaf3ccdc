"""Predictions, explanations and evaluations of a classifier."""

import copy
import multiprocessing
import pickle
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import sentiment_toolkit
from sentiment_toolkit import Classifier, EvaluationError, ModelError, SentimentError

TEXTS = ["The acting is wonderful", "", "Never again: cold food\nand rude staff", "été 🎬 naïve", "\x00 nul", "film"]


@pytest.mark.parametrize(
    "convert",
    [
        list,
        tuple,
        iter,
        np.array,
        lambda texts: np.array(texts, dtype=object),
        lambda texts: np.array(texts, dtype=np.dtypes.StringDType()),
        pd.Series,
        lambda texts: pd.Series(texts, dtype=object),
        lambda texts: pd.Series(texts, index=range(10, 10 + len(texts))),
        lambda texts: pd.Series(texts).astype("category"),
        lambda texts: pd.Series(texts, dtype="string[python]"),
        pd.Index,
        pl.Series,
        lambda texts: pl.Series(texts, dtype=pl.Categorical),
        pa.array,
        lambda texts: pa.array(texts, pa.large_string()),
        lambda texts: pa.array(texts, pa.string_view()),
        lambda texts: pa.array(["before", *texts])[1:],
        lambda texts: pa.chunked_array([texts[:2], [], texts[2:]]),
        lambda texts: pa.array(texts).dictionary_encode(),
    ],
)
def test_every_kind_of_input_has_the_same_probabilities(general, convert):
    expected = general.predict_proba(TEXTS)
    assert expected.shape == (len(TEXTS), len(general.labels))
    assert expected.dtype == np.float64
    assert np.allclose(expected.sum(axis=1), 1)
    # NumPy drops a trailing NUL, pandas and others keep it: there is none at the end.
    assert (general.predict_proba(convert(TEXTS)) == expected).all()
    labels = general.predict(convert(TEXTS))
    assert isinstance(labels, np.ndarray) and labels.shape == (len(TEXTS),)
    assert labels[0] == "positive"


def test_texts_in_other_languages_can_be_refused(general):
    texts = ["The acting is wonderful", "这家酒店的房间很干净，服务也很好"]
    assert general.predict(texts, any_language=False).tolist() == ["positive", "uncertain"]
    assert "uncertain" not in general.predict(texts)


def test_the_chinese_model_needs_its_tokenizer():
    with pytest.raises(ModelError, match="built without the model chinese"):
        Classifier.chinese()


def test_a_text_has_one_answer_alone_or_among_others(general):
    """A line break in a text does not end it, and many texts are scored as one is."""
    texts = [f"{text} {number}" for number in range(20_000) for text in TEXTS[:3]]
    together = general.predict_proba(texts)
    assert len(together) == len(texts)
    for position in (0, 1, 2, 31_234, len(texts) - 1):
        assert (general.predict_proba([texts[position]])[0] == together[position]).all()


def test_no_texts_have_no_answers(general):
    assert general.predict([]).shape == (0,)
    assert general.predict_proba(pd.Series([], dtype=str)).shape == (0, len(general.labels))
    assert len(general.predict_arrow(pa.array([], pa.string()))) == 0


@pytest.mark.parametrize(
    "texts, position",
    [
        (["a", None], 1),
        (["a", "b", float("nan")], 2),
        (pd.Series(["a", None]), 1),
        (pd.Series([None, "a"], dtype=object), 0),
        (pd.Series(["a", pd.NA], dtype=object), 1),
        (pl.Series(["a", None, "b"]), 1),
        (pa.array(["a", None]), 1),
        (pa.chunked_array([["a"], ["b", None]]), 2),
        (pa.nulls(1), 0),
    ],
)
def test_a_missing_text_is_an_error_with_its_position(general, texts, position):
    with pytest.raises(ValueError, match=f"position {position} is .*fillna"):
        general.predict(texts)


@pytest.mark.parametrize(
    "texts, message",
    [
        ("a text", r"got str: put the text into a list: \[text\]"),
        (b"a text", "got bytes"),
        ({"a": 1}, "got dict: it has no order"),
        ({"a"}, "got set"),
        (pd.DataFrame({"text": ["a"]}), r"got DataFrame: select the column"),
        (pl.DataFrame({"text": ["a"]}), r"got DataFrame: select the column"),
        (pa.table({"text": ["a"]}), r"got Table: select the column"),
        ([1], "position 0 is of type int"),
        (["a", ["b"]], "position 1 is of type list"),
        (np.array([["a", "b"]]), "position 0 is of type list"),
        (np.array("a"), "one dimension"),
        (pa.array([1, 2]), "position 0 is of type int"),
        (3, "not iterable"),
    ],
)
def test_other_arguments_are_errors(general, texts, message):
    with pytest.raises(TypeError, match=message):
        general.predict(texts)


def test_a_lone_surrogate_is_an_error(general):
    with pytest.raises(ValueError, match="position 1.*surrogates"):
        general.predict(["a", "\ud800"])


def test_arrow_predictions_keep_nulls(general):
    texts = pa.chunked_array([[None, "The acting is wonderful"], [None, "awful", None]])
    predictions = pa.array(general.predict_arrow(texts))
    assert predictions.is_valid().to_pylist() == [False, True, False, True, False]
    assert predictions.type.field("label").type == pa.string()
    probabilities = general.predict_proba(["The acting is wonderful", "awful"])
    row = predictions[1].as_py()
    assert row["label"] == "positive"
    assert row["score"] == probabilities[0].max()
    assert list(row["probabilities"]) == general.labels
    assert list(row["probabilities"].values()) == list(probabilities[0])
    assert predictions.field("score").null_count == 3
    with pytest.raises(TypeError, match="expected an Arrow array, got list"):
        general.predict_arrow(["a"])
    with pytest.raises(TypeError, match="array of strings, got Int64"):
        general.predict_arrow(pa.array([1]))


def test_polars_and_duckdb_take_arrow_predictions(general):
    duckdb = pytest.importorskip("duckdb")
    reviews = pl.DataFrame({"text": ["The acting is wonderful", None, "awful"]})
    predictions = pl.Series(general.predict_arrow(reviews["text"]))
    assert predictions.struct.field("label").to_list()[1] is None
    assert predictions.struct.field("label").to_list()[0] == "positive"

    def sentiment(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array(general.predict_arrow(texts)).field("label")

    with duckdb.connect() as connection:
        connection.create_function("sentiment", sentiment, ["VARCHAR"], "VARCHAR", type="arrow")
        connection.execute("CREATE TABLE reviews AS SELECT * FROM (VALUES ('wonderful'), ('awful')) AS t(text)")
        rows = connection.execute("SELECT sentiment(text) FROM reviews").fetchall()
    assert rows == [("positive",), ("negative",)]


def test_copies_and_pickles_predict_the_same(general, trained, tmp_path):
    for classifier in (general, trained):
        expected = classifier.predict_proba(TEXTS)
        copies = [copy.copy(classifier), copy.deepcopy(classifier)]
        copies += [pickle.loads(pickle.dumps(classifier, protocol)) for protocol in (2, 5)]
        path = tmp_path / classifier.labels[0]
        classifier.save(path)
        copies.append(Classifier.load(path))
        for other in copies:
            assert other.labels == classifier.labels
            assert (other.predict_proba(TEXTS) == expected).all()


def test_the_precision_is_that_of_the_program_and_stays_in_a_pickle(general, trained):
    for classifier in (general, trained):
        assert classifier.precision == "int8"
        exact = classifier.with_precision("f32")
        assert exact.precision == "f32"
        expected = exact.predict_proba(TEXTS)
        difference = abs(expected - classifier.predict_proba(TEXTS)).max()
        assert 0 < difference < 0.02
        for original in (classifier, exact):
            copied = pickle.loads(pickle.dumps(original))
            assert copied.precision == original.precision
            assert (copied.predict_proba(TEXTS) == original.predict_proba(TEXTS)).all()
        back = exact.with_precision("int8")
        assert (back.predict_proba(TEXTS) == classifier.predict_proba(TEXTS)).all()
    with pytest.raises(ValueError, match="expected `f32` or `int8`"):
        general.with_precision("f16")


def test_a_pickle_writes_only_into_its_own_folder(trained, tmp_path):
    _load, (files, precision) = trained.__reduce__()
    outside = tmp_path / "outside"
    with pytest.raises(Exception):
        Classifier._from_files({str(outside): b""}, precision)
    assert not outside.exists()
    damaged = files | {"model.safetensors": files["model.safetensors"][:-1]}
    with pytest.raises(ModelError, match="model.safetensors"):
        Classifier._from_files(damaged, precision)


def test_errors_have_the_sentences_of_the_program(tmp_path):
    with pytest.raises(ModelError, match="there is no model|could not open") as error:
        Classifier.load(tmp_path / "none")
    assert isinstance(error.value, SentimentError)
    assert str(tmp_path) in str(error.value)


def test_explanations(general):
    text = "The acting is wonderful <script>"
    for method in ("lime", "gradient", "attention"):
        explanation = general.explain(text, method=method)
        assert (explanation.text, explanation.label) == (text, "positive")
        assert "wonderful" in [word for word, _weight in explanation.weights()[:2]]
        html = explanation._repr_html_()
        assert "<script" not in html and "&lt;script" in html and "<mark" in html
        assert explanation.to_html().startswith("<!")
        assert explanation.to_dict()["method"] == method
    explanation = general.explain(text, "gradient", labels=["negative"], words=2)
    assert explanation.weights("negative")[0][1] < 0
    assert len(explanation.weights("negative")) == 2
    with pytest.raises(KeyError, match="not explained"):
        explanation.weights("positive")
    with pytest.raises(KeyError, match='no label "x"'):
        general.explain(text, labels=["x"])
    with pytest.raises(ValueError, match="a method is lime"):
        general.explain(text, "shap")
    with pytest.raises(sentiment_toolkit.ExplainError, match="no token"):
        general.explain("")


def test_evaluation_has_the_figures_of_eval(general):
    metrics = general.evaluate(["I love it", "I hate it"], np.array(["positive", "negative"]))
    assert metrics["accuracy"] == 1.0
    assert metrics["intervals"]["accuracy"][1] == 1.0
    with pytest.raises(EvaluationError, match="example 2: the model has no label"):
        general.evaluate(["a", "b"], ["positive", "x"])
    with pytest.raises(ValueError, match="2 texts and 1 labels"):
        general.evaluate(["a", "b"], ["positive"])


def test_threads_predict_at_once(general):
    expected = general.predict_proba(TEXTS)
    results = []
    predict = lambda: results.append(general.predict_proba(TEXTS))  # noqa: E731
    threads = [threading.Thread(target=predict) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join(timeout=60) for thread in threads]
    assert len(results) == 8 and all((result == expected).all() for result in results)


def _predict_into(general, queue):
    queue.put(general.predict_proba(TEXTS).tolist())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_process_predicts(general):
    """The parent has used its threads, which a fork does not copy."""
    expected = general.predict_proba(TEXTS * 1000)[: len(TEXTS)].tolist()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_predict_into, args=(general, queue))
    process.start()
    try:
        assert queue.get(timeout=60) == expected
    finally:
        process.kill()
    with context.Pool(2) as pool:
        results = pool.map(general.predict, [TEXTS] * 4)
    assert all((labels == general.predict(TEXTS)).all() for labels in results)


def test_import_is_quick_and_needs_no_numpy():
    code = (
        "import sys, time; begin = time.perf_counter(); import sentiment_toolkit; "
        "seconds = time.perf_counter() - begin; "
        "loaded = {'numpy', 'pandas', 'torch', 'pyarrow', 'sklearn'} & set(sys.modules); "
        "assert not loaded, loaded; print(seconds)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(3)]
    assert all(run.returncode == 0 for run in runs), runs
    # 100 ms are the aim; a busy machine gets more.
    assert min(float(run.stdout) for run in runs) < 0.3


def test_tables_of_pandas_need_no_pyarrow():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd\n"
        "from sentiment_toolkit import Classifier, train\n"
        "from sentiment_toolkit.sklearn import SentimentClassifier\n"
        "table = pd.DataFrame({'text': ['a great film', 'a boring film'] * 20, 'label': ['good', 'bad'] * 20})\n"
        "assert list(Classifier.general().predict(table['text'][:2])) == ['positive', 'negative']\n"
        "model = train(table, preset='few', seed=1)\n"
        "assert model.evaluate(table['text'], table['label'])['accuracy'] == 1\n"
        "estimator = SentimentClassifier(preset='few').fit(table['text'], table['label'])\n"
        "assert list(estimator.predict(table['text'][:2])) == ['good', 'bad']\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_stops_a_prediction(general):
    code = (
        "from sentiment_toolkit import Classifier\n"
        "classifier = Classifier.general(); texts = ['a film about a film ' * 10] * 2_000_000\n"
        "print('ready', flush=True)\n"
        "try: classifier.predict(texts)\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    threading.Event().wait(0.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "stopped\n"
