import shutil

import pytest
from conftest import kill_in_the_middle, with_predictions

from sentiment_toolkit import Classifier
from sentiment_toolkit.ray import predict


@pytest.fixture(scope="module")
def dataset(ray_cluster, rows):
    return ray_cluster.data.from_arrow(rows).repartition(20).materialize()


@pytest.fixture
def two_actors(ray_cluster):
    return ray_cluster.data.ActorPoolStrategy(size=2)


def collect(dataset):
    return sorted(dataset.take_all(), key=lambda row: row["id"])


def test_predictions_are_those_of_the_classifier(dataset, two_actors, expected):
    assert collect(predict(dataset, "text", batch_size=1000, compute=two_actors)) == expected


def test_columns_stay_and_predictions_follow(dataset, two_actors):
    columns = predict(dataset.limit(5), "text", compute=two_actors).columns()
    assert columns == ["id", "text", "label", "score", "probabilities"]


def test_a_model_is_sent_to_the_workers(ray_cluster, rows, folder, two_actors, tmp_path):
    """The folder of the model is needed only at the call. One batch has all texts, as in this process."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    dataset = ray_cluster.data.from_arrow(rows.slice(0, 500))
    predicted = predict(dataset, "text", copy, compute=two_actors)
    shutil.rmtree(copy)
    assert collect(predicted) == with_predictions(rows.slice(0, 500), Classifier.load(folder))


def test_a_block_may_have_only_nulls(ray_cluster, two_actors):
    """Such a block has no type."""
    dataset = ray_cluster.data.from_items([{"text": None}, {"text": "good"}, {"text": None}], override_num_blocks=3)
    predicted = predict(dataset, "text", compute=two_actors)
    assert sorted(str(row["label"]) for row in predicted.take_all()) == ["None", "None", "positive"]


@pytest.mark.parametrize("attempt", range(5))
def test_a_killed_worker_loses_and_repeats_no_row(dataset, expected, two_actors, attempt):
    predicted = predict(dataset, "text", batch_size=1000, compute=two_actors)
    assert kill_in_the_middle(lambda: collect(predicted)) == expected


def test_a_killed_worker_gets_a_sent_model_again(dataset, rows, folder, two_actors):
    """An actor that restarts needs the model once more."""
    classifier = Classifier.load(folder)
    # This model is small and fast, so it gets the rows more than once.
    predicted = predict(dataset.union(*[dataset] * 7), "text", classifier, batch_size=1000, compute=two_actors)
    result = kill_in_the_middle(lambda: collect(predicted))
    expected = with_predictions(rows, classifier)
    for copy in range(8):
        assert result[copy::8] == expected


@pytest.mark.parametrize(
    ("rename", "message"),
    [
        ({"text": "body"}, "the table has no column 'text': its columns are 'id', 'body'"),
        ({"id": "score"}, "the table already has a column 'score': rename it"),
    ],
)
def test_a_column_that_does_not_fit_is_an_error(ray_cluster, dataset, rename, message):
    with pytest.raises(ray_cluster.exceptions.RayTaskError, match=message):
        predict(dataset.limit(5).rename_columns(rename), "text").take_all()
