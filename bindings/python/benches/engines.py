"""Measures the texts per second of Spark or Ray with one and with two workers of one core.

    python benches/engines.py spark|ray SENTENCES.txt [REPEATS]

The file has one text a line, and is read REPEATS times (10 by default). Each number of workers gets a cluster of its own, which predicts
part of the texts first; three measured runs follow. Each run says how much of the machine other processes used: a ratio of one to two
workers needs runs where that is near 0. The resident memory is that of the largest worker in each run. Predictions are computed and dropped.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

RUNS = 3


def main():
    engine, path, *rest = sys.argv[1:]
    if engine.startswith("one-"):
        return {"one-spark": spark, "one-ray": ray}[engine](path, int(rest[0]))
    repeats = int(rest[0]) if rest else 10
    texts = Path(path).read_text().splitlines() * repeats
    table = f"{path}.engines.parquet"
    # Many row groups, so that either number of workers has tasks of equal size.
    pq.write_table(pa.table({"text": texts}), table, row_group_size=len(texts) // 32 + 1)
    print(f"{len(texts):,} texts, {sum(len(text.split()) for text in texts):,} words", flush=True)
    for workers in (1, 2):
        subprocess.run([sys.executable, __file__, f"one-{engine}", table, str(workers)], check=True)


def spark(table, workers):
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    from pyspark.sql import SparkSession

    from sentiment_toolkit.spark import predict

    builder = SparkSession.builder.master(f"local-cluster[{workers},1,1024]").config("spark.ui.enabled", "false")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    texts = session.read.parquet(table).repartition(32).cache()
    texts.count()
    predict(texts.limit(20_000).repartition(4 * workers), "text").write.format("noop").mode("overwrite").save()
    measure(workers, texts.count(), lambda: predict(texts, "text").write.format("noop").mode("overwrite").save())
    session.stop()


def ray(table, workers):
    import ray

    from sentiment_toolkit.ray import predict

    ray.init(num_cpus=workers, include_dashboard=False, _node_ip_address="127.0.0.1", logging_level="ERROR", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    texts = ray.data.read_parquet(table).repartition(32).materialize()
    pool = ray.data.ActorPoolStrategy(size=workers)

    def run():
        for _ in predict(texts, "text", compute=pool).iter_internal_ref_bundles():
            pass

    measure(workers, texts.count(), run)
    ray.shutdown()


def measure(workers, texts, run):
    for _ in range(RUNS):
        done, peak = threading.Event(), [0]
        watcher = threading.Thread(target=watch, args=(done, peak))
        watcher.start()
        begin, busy, own = time.perf_counter(), machine_seconds(), own_seconds()
        run()
        seconds = time.perf_counter() - begin
        own = own_seconds() - own
        others = (machine_seconds() - busy - own) / seconds
        done.set()
        watcher.join()
        print(
            f"{workers} workers  {texts / seconds:8,.0f} texts/s  cores used: {own / seconds:.2f}, by others {others:.2f}"
            f"  largest worker {peak[0] / 2**20:.0f} MiB",
            flush=True,
        )


def machine_seconds():
    """Returns the seconds that the cores of the machine have been busy."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    """Returns the seconds that this process and those below it have computed."""
    parents, ticks = {}, {}
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit():
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                parents[int(process.name)] = int(fields[1])
                # With the children that have ended.
                ticks[int(process.name)] = sum(map(int, fields[11:15]))
        except OSError:
            continue
    below = {os.getpid()}
    while new := {process for process, parent in parents.items() if parent in below} - below:
        below |= new
    return sum(ticks[process] for process in below if process in ticks) / os.sysconf("SC_CLK_TCK")


def watch(done, peak):
    """Notes the most resident memory of a process that has loaded the module, other than this one."""
    while not done.wait(2):
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and int(process.name) != os.getpid() and "_sentiment_toolkit" in (process / "maps").read_text():
                    pages = int((process / "statm").read_text().split()[1])
                    peak[0] = max(peak[0], pages * os.sysconf("SC_PAGE_SIZE"))
            except OSError:
                continue


main()
