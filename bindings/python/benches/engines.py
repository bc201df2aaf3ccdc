"""Measures the texts per second of Spark or Ray with one and with two workers of one core.

    python benches/engines.py spark|ray SENTENCES.txt [REPEATS]

The file has one text a line, and is read REPEATS times (10 by default). Each number of workers gets a cluster of its own, which predicts
part of the texts first; three measured runs follow. A cluster may use as many cores as it has workers, since beside one worker the
engine would else compute on the second core. Each run says how much of the machine other processes used: a ratio of one to two workers
needs runs where that is near 0. The resident memory is that of the largest worker in each run. Predictions are computed and dropped.
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
PAGE = os.sysconf("SC_PAGE_SIZE")


def main():
    engine, path, *rest = sys.argv[1:]
    if engine.startswith("one-"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(rest[0])])
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
        watcher = Watcher()
        begin, busy = time.perf_counter(), machine_seconds()
        run()
        seconds = time.perf_counter() - begin
        busy = machine_seconds() - busy
        own = watcher.stop()
        print(
            f"{workers} workers  {texts / seconds:8,.0f} texts/s  cores used: {own / seconds:.2f}, by others {(busy - own) / seconds:.2f}"
            f"  largest worker {watcher.peak / 2**20:.0f} MiB",
            flush=True,
        )


def machine_seconds():
    """Returns the seconds that the cores of the machine have been busy."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class Watcher:
    """Notes what this process and those below it compute, and the most memory of one that has loaded the module.

    It looks twice a second, since the actors of Ray end with a run, and their times with them.
    """

    def __init__(self):
        self.peak = 0
        self._known = set()
        self._last = {}
        self._look()
        self._first = dict(self._last)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self):
        """Returns the seconds computed since the start."""
        self._done.set()
        self._thread.join()
        self._look()
        ticks = sum(ticks - self._first.get(process, 0) for process, ticks in self._last.items())
        return ticks / os.sysconf("SC_CLK_TCK")

    def _watch(self):
        while not self._done.wait(0.5):
            self._look()

    def _look(self):
        parents, ticks, pages = {}, {}, {}
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit():
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    process = int(entry.name)
                    parents[process], ticks[process], pages[process] = int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[21])
            except OSError:
                continue
        self._known = {process for process in self._known if process in parents} | {os.getpid()}
        # A process whose parent has ended is known from before.
        while new := {process for process, parent in parents.items() if parent in self._known} - self._known:
            self._known |= new
        self._last |= {process: ticks[process] for process in self._known}
        for process in self._known - {os.getpid()}:
            if pages[process] * PAGE > self.peak and has_module(process):
                self.peak = pages[process] * PAGE


def has_module(process):
    try:
        return "_sentiment_toolkit" in Path(f"/proc/{process}/maps").read_text()
    except OSError:
        return False


main()
