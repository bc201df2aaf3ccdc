import os
import shutil
import time

import pytest
from conftest import kill_in_the_middle, with_predictions

from sentiment_toolkit import Classifier, _engines
from sentiment_toolkit._engines import SharedModel
from sentiment_toolkit.spark import predict


@pytest.fixture(scope="module")
def table(spark, rows):
    """The rows in two partitions, one for each executor."""
    return spark.createDataFrame(rows.to_pandas(), "id long, text string").repartition(2).cache()


def collect(df):
    return [row.asDict(recursive=True) for row in df.orderBy("id").collect()]


def test_the_cluster_has_two_executors(spark):
    workers = spark.sparkContext.parallelize(range(8), 8).map(lambda _: (time.sleep(1), os.getppid())[1]).distinct()
    assert workers.count() == 2


def test_predictions_are_those_of_the_classifier(table, expected):
    assert collect(predict(table, "text")) == expected


def test_columns_stay_and_predictions_follow(table):
    assert predict(table.select("text", "id"), "text").dtypes == [
        ("text", "string"),
        ("id", "bigint"),
        ("label", "string"),
        ("score", "double"),
        ("probabilities", "struct<negative:double,neutral:double,positive:double>"),
    ]


def test_a_model_is_sent_to_the_workers(table, rows, folder, tmp_path):
    """The folder of the model is needed only at the call. One batch has all texts, as in this process."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    predicted = predict(table.filter("id < 500").repartition(1).sortWithinPartitions("id"), "text", copy)
    shutil.rmtree(copy)
    assert collect(predicted) == with_predictions(rows.slice(0, 500), Classifier.load(folder))


def test_one_process_builds_a_model_once(spark, folder):
    """Later tasks of a Python worker find the model of its first one, also in another job."""
    shared = SharedModel(folder)

    def task(_):
        had_model = shared._digest in _engines._loaded
        shared.load(threads=1)
        yield os.getpid(), had_model

    jobs = [spark.sparkContext.parallelize(range(8), 8).mapPartitions(task).collect() for _ in range(3)]
    tasks = [row for job in jobs for row in job]
    processes = {process for process, _ in tasks}
    assert len(tasks) == 24 and len(processes) < 8
    assert sum(not had_model for _, had_model in tasks) == len(processes)


def test_a_trained_model_gives_the_same_numbers_in_other_batches(table, rows, folder):
    classifier = Classifier.load(folder)
    expected = with_predictions(rows.slice(0, 5000), classifier)
    assert collect(predict(table.filter("id < 5000"), "text", classifier)) == expected


@pytest.mark.parametrize("attempt", range(5))
def test_a_killed_worker_loses_and_repeats_no_row(spark, table, expected, tmp_path, attempt):
    output = str(tmp_path / "predictions")
    group = f"killed-{attempt}"

    def job():
        spark.sparkContext.setJobGroup(group, "predict")
        predict(table, "text").write.parquet(output)

    kill_in_the_middle(job)
    assert failed_tasks(spark, group) > 0
    assert collect(spark.read.parquet(output)) == expected


def failed_tasks(spark, group):
    """Returns how many tasks of a job group failed, and so were tried again."""
    tracker = spark.sparkContext.statusTracker()
    stages = [stage for job in tracker.getJobIdsForGroup(group) for stage in tracker.getJobInfo(job).stageIds]
    return sum(info.numFailedTasks for stage in stages if (info := tracker.getStageInfo(stage)))


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        (["id"], ValueError, "the table has no column 'text': its columns are 'id'"),
        (["text", "id as score"], ValueError, "the table already has a column 'score': rename it"),
        (["text", "text"], ValueError, "the table has 2 columns 'text'"),
        (["id as text"], TypeError, "the column 'text' has the type bigint, not string"),
    ],
)
def test_a_column_that_does_not_fit_is_an_error(table, columns, error, message):
    with pytest.raises(error, match=message):
        predict(table.selectExpr(*columns), "text")
