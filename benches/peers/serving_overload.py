"""Overload test: sends 1.5 times the capacity of `sentiment serve`. Throughput should stay at the capacity, and the surplus
should get 429.

    python3 benches/peers/serving_overload.py REVIEWS.csv --sentiment target/release/sentiment

A request has 64 reviews, so that the Python client is not the bottleneck. First, six clients that wait for each response measure
the capacity. Then 64 clients send requests at a constant rate, independent of the responses.
"""

import argparse
import csv
import http.client
import json
import subprocess
import threading
import time
from collections import Counter

PORT, TEXTS, FACTOR = 8602, 64, 1.5

parser = argparse.ArgumentParser(description="Sends 1.5 times the capacity of `sentiment serve`.")
parser.add_argument("reviews", help="CSV file with a column `text`")
parser.add_argument("--sentiment", default="target/release/sentiment", help="path of the program")
parser.add_argument("--seconds", type=int, default=20, help="seconds of overload")
arguments = parser.parse_args()
with open(arguments.reviews) as file:
    BODY = json.dumps({"instances": [row["text"] for row in csv.DictReader(file)][:TEXTS]})


def ask(connection):
    connection.request("POST", "/v1/models/general:predict", BODY)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def in_threads(count, work):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def capacity(seconds):
    answered = []

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answered.append(ask(connection))

    in_threads(6, client)
    return len(answered) / seconds


def offer(rate, seconds):
    """Returns responses per second by status, and the latencies of those with status 200."""
    begin, lock, statuses, times = time.monotonic(), threading.Lock(), Counter(), []
    numbers = iter(range(int(rate * seconds)))

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            time.sleep(max(0, begin + number / rate - time.monotonic()))
            asked = time.monotonic()
            status = ask(connection)
            with lock:
                statuses[status] += 1
                if status == 200:
                    times.append(time.monotonic() - asked)

    in_threads(64, client)
    took = time.monotonic() - begin
    return {status: count / took for status, count in sorted(statuses.items())}, sorted(times)


server = subprocess.Popen(
    [arguments.sentiment, "serve", "--port", str(PORT), "--queue", "1024"], stderr=subprocess.DEVNULL
)
try:
    time.sleep(1)
    capacity(2)
    can = capacity(arguments.seconds / 2)
    print(f"capacity: {can:.1f} requests/s of {TEXTS} reviews")
    answers, times = offer(FACTOR * can, arguments.seconds)
    print(f"offered {FACTOR * can:.1f} requests/s:", ", ".join(f"{rate:.1f} with status {code}" for code, rate in answers.items()))
    print(f"latency of status 200: p50 {times[len(times) // 2]:.3f} s, p99 {times[int(len(times) * 0.99)]:.3f} s")
finally:
    server.terminate()
    server.wait()
