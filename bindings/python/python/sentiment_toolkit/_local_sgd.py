"""Training by several workers of a Ray cluster, by local SGD (Stich, 2019, algorithm 1)."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayActorError, WorkerCrashedError

from sentiment_toolkit import _sentiment_toolkit as toolkit
from sentiment_toolkit._sentiment_toolkit import Classifier

CHECKPOINT = Path("state") / "checkpoint.safetensors"


def train(
    corpus: Any,
    out: str | os.PathLike[str],
    *,
    workers: int = 2,
    steps: int = 500,
    num_cpus: float = 1,
    restarts: int = 3,
    resume: bool = False,
    **settings: Any,
) -> Classifier:
    """Trains one model by several workers, and returns it.

    Each worker trains on its share of the mini-batches. After every ``steps`` of them and at both ends of an epoch, all workers
    continue from the average of their weights and optimizer moments. The same number of workers, steps and seed give the same model.

    ``corpus`` and the settings are those of ``sentiment_toolkit.train``. Paths, also ``out``, must be readable on every machine.
    ``num_cpus`` is the number of cores and threads of each worker. If a worker dies, all continue from the checkpoint of the last
    epoch, at most ``restarts`` times; ``resume=True`` continues a run that ended before.
    """
    folder = Path(out).absolute()
    for attempt in range(restarts + 1):
        checkpoint = _read_checkpoint(folder) if resume or attempt > 0 else None
        try:
            return _run(corpus, folder, checkpoint, workers, steps, num_cpus, settings)
        except (RayActorError, WorkerCrashedError):
            if attempt == restarts:
                raise
    raise AssertionError("the last attempt returns or raises")


def _read_checkpoint(folder: Path) -> bytes | None:
    """Returns the checkpoint of the last epoch, if there is one."""
    path = folder / CHECKPOINT
    return path.read_bytes() if path.exists() else None


def _run(
    corpus: Any, folder: Path, checkpoint: bytes | None, workers: int, steps: int, num_cpus: float, settings: dict[str, Any]
) -> Classifier:
    average = _Average.remote(workers)
    work = _work.options(num_cpus=num_cpus)
    arguments = [ray.put(value) for value in (corpus, checkpoint, settings)]
    tasks = [
        work.remote((index, workers, steps), folder, max(1, math.ceil(num_cpus)), average, *arguments) for index in range(workers)
    ]
    try:
        return _first_result(tasks)
    finally:
        # Ends the workers that wait for one that died or failed.
        ray.kill(average)
        ray.wait(tasks, num_returns=len(tasks))


def _first_result(tasks: list[ray.ObjectRef]) -> Classifier:
    """Returns the result of the first task when all have ended, or raises the first error of one."""
    unfinished = tasks
    while unfinished:
        finished, unfinished = ray.wait(unfinished, num_returns=1)
        ray.get(finished)
    return ray.get(tasks[0])


@ray.remote(max_retries=0)
def _work(
    part: tuple[int, int, int], folder: Path, threads: int, average: Any, corpus: Any, checkpoint: bytes | None, settings: Any
) -> Classifier | None:
    """Trains as one worker. The first one writes the model to the folder and returns it."""
    os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
    index, workers, steps = part
    # The workers have the same weights at the end of each epoch, so only the first one needs to keep its files.
    own = folder if index == 0 else Path(tempfile.mkdtemp())
    try:
        if checkpoint is not None:
            (own / CHECKPOINT).parent.mkdir(parents=True, exist_ok=True)
            (own / CHECKPOINT).write_bytes(checkpoint)
        classifier = toolkit.train(
            corpus,
            out=own,
            resume=checkpoint is not None,
            force=True,
            averaging=(index, workers, steps, lambda state: ray.get(average.average.remote(index, state))),
            **settings,
        )
        return classifier if index == 0 else None
    finally:
        if index > 0:
            shutil.rmtree(own, ignore_errors=True)


@ray.remote(num_cpus=0)
class _Average:
    """Averages the states of the workers, round by round."""

    def __init__(self, workers: int) -> None:
        self._states: dict[int, np.ndarray] = {}
        self._workers = workers
        self._last: np.ndarray | None = None
        self._round: asyncio.Future[bytes] | None = None

    async def average(self, worker: int, state: bytes) -> bytes:
        """Returns the average of the states of all workers in this round, when it has all of them."""
        if self._round is None:
            self._round = asyncio.get_running_loop().create_future()
        this_round = self._round
        self._states[worker] = np.frombuffer(state, dtype=np.float32)
        if len(self._states) == self._workers:
            self._last = mean_of_changed([self._states[index] for index in range(self._workers)], self._last)
            self._states, self._round = {}, None
            this_round.set_result(self._last.tobytes())
        return await this_round


def mean_of_changed(states: list[np.ndarray], last: np.ndarray | None) -> np.ndarray:
    """Returns the mean of each value over the workers that changed it since the last average.

    A step changes the vectors of its own words only. The mean over all workers would take back half of what one of two workers
    learned about a rare word.
    """
    if last is None or last.shape != states[0].shape:
        # At the beginning of a stage, all workers have the same state.
        return states[0]
    total = np.zeros_like(last)
    count = np.zeros(last.shape, dtype=np.uint8)
    for state in states:
        changed = state != last
        np.add(total, state, out=total, where=changed)
        count += changed
    return np.divide(total, count, out=last.copy(), where=count > 0)
