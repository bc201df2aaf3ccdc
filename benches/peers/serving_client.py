"""A client of TensorFlow Serving's REST API, run against `sentiment serve`.

    pip install requests
    sentiment serve --port 8501
    python benches/peers/serving_client.py http://127.0.0.1:8501

Request shapes and errors follow https://www.tensorflow.org/tfx/serving/api_rest. The client works with either server; only the
names of the model, its input and its labels are specific. It prints one line per check and exits with 1 if a check fails.
"""

import argparse
import base64
import sys

import requests

MODEL, INPUT = "general", "text"
GOOD, BAD = "A moving, beautifully acted film.", "The soup was cold and the waiter was rude."
failures = 0


def check(what, holds):
    global failures
    failures += not holds
    print(f"{'ok' if holds else 'FAILED':6} {what}")


def post(path, body):
    answer = session.post(f"{root}/v1/models/{path}", json=body, timeout=30)
    return answer.status_code, answer.json()


def predictions_are_right(answers):
    """Checks two rows: the labels, their scores, and probabilities that sum to 1."""
    return [row["label"] for row in answers] == ["positive", "negative"] and all(
        abs(sum(row["probabilities"].values()) - 1) < 1e-9
        and row["score"] == row["probabilities"][row["label"]]
        for row in answers
    )


def rows():
    encoded = [{"b64": base64.b64encode(text.encode()).decode()} for text in (GOOD, BAD)]
    forms = {
        "a list of values": [GOOD, BAD],
        "a list of named tensors": [{INPUT: GOOD}, {INPUT: BAD}],
        "binary values": encoded,
        "named binary values": [{INPUT: value} for value in encoded],
    }
    for name, instances in forms.items():
        for extra in ({}, {"signature_name": "serving_default"}):
            status, answer = post(f"{MODEL}:predict", {**extra, "instances": instances})
            right = status == 200 and list(answer) == ["predictions"] and predictions_are_right(answer["predictions"])
            check(f"row format, {name}{', signature named' if extra else ''}", right)


def columns():
    for name, inputs in {"one tensor": [GOOD, BAD], "named tensors": {INPUT: [GOOD, BAD]}}.items():
        status, answer = post(f"{MODEL}:predict", {"inputs": inputs})
        right = status == 200 and list(answer) == ["outputs"] and answer["outputs"]["label"] == ["positive", "negative"]
        check(f"column format, {name}", right and len(answer["outputs"]["score"]) == 2)


def examples():
    body = {"examples": [{INPUT: GOOD}, {INPUT: [BAD]}], "signature_name": "serving_default"}
    status, answer = post(f"{MODEL}:classify", body)
    right = status == 200 and [result[0][0] for result in answer["results"]] == ["positive", "negative"]
    pairs = [pair for result in answer.get("results", []) for pair in result]
    check("classify, examples", right and all(isinstance(a, str) and isinstance(b, float) for a, b in pairs))


def description():
    status = session.get(f"{root}/v1/models/{MODEL}", timeout=30).json()
    version = status["model_version_status"][0]
    check("status", version["state"] == "AVAILABLE" and version["status"] == {"error_code": "OK", "error_message": ""})
    number = version["version"]
    check("the version is a string", isinstance(number, str) and number.isdigit())
    same = session.get(f"{root}/v1/models/{MODEL}/versions/{number}", timeout=30).json()
    check("status of a version", same["model_version_status"] == [version])
    code, answer = post(f"{MODEL}/versions/{number}:predict", {"instances": [GOOD, BAD]})
    check("predict with a version", code == 200 and predictions_are_right(answer["predictions"]))
    metadata = session.get(f"{root}/v1/models/{MODEL}/metadata", timeout=30).json()
    check("metadata, model_spec", metadata["model_spec"] == {"name": MODEL, "signature_name": "", "version": number})
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    check("metadata, the input", signature["inputs"][INPUT]["dtype"] == "DT_STRING")
    check("metadata, the method", signature["method_name"] == "tensorflow/serving/predict")
    unknown = session.get(f"{root}/v1/models/{MODEL}/versions/987654321/metadata", timeout=30)
    check("metadata of an unknown version", unknown.status_code == 404 and "error" in unknown.json())


def errors():
    bodies = {
        "neither instances nor inputs": {},
        "both": {"instances": [GOOD], "inputs": [GOOD]},
        "no values": {"instances": []},
        "instances that are not a list": {"instances": GOOD},
        "a number for a string": {"instances": [1.0]},
        "too deep a list": {"instances": [[GOOD]]},
        "an input of another name": {"instances": [{"other": GOOD}]},
        "a missing named input": {"inputs": {"other": [GOOD]}},
        "an unknown signature": {"signature_name": "other", "instances": [GOOD]},
        "a signature that is not a string": {"signature_name": 100, "instances": [GOOD]},
        "binary that is not base64": {"instances": [{"b64": "?"}]},
    }
    for name, body in bodies.items():
        status, answer = post(f"{MODEL}:predict", body)
        check(f"400, {name}", status == 400 and list(answer) == ["error"] and isinstance(answer["error"], str))
    raw = session.post(f"{root}/v1/models/{MODEL}:predict", data="{not json", timeout=30)
    check("400, invalid JSON", raw.status_code == 400 and raw.json()["error"].startswith("JSON Parse error"))
    for path, expected in {
        "none:predict": 404,
        "none:classify": 404,
        f"{MODEL}/versions/987654321:predict": 404,
        f"{MODEL}/labels/none:predict": 400,
        f"{MODEL}:none": 400,
        f"{MODEL}/versions/none:predict": 400,
        f"{MODEL}:regress": 400,
    }.items():
        status, answer = post(path, {"instances": [GOOD], "examples": [{INPUT: GOOD}]})
        check(f"{expected}, {path}", status == expected and list(answer) == ["error"])
    for path in ("none", f"{MODEL}/versions/987654321"):
        answer = session.get(f"{root}/v1/models/{path}", timeout=30)
        check(f"404, status of {path}", answer.status_code == 404 and list(answer.json()) == ["error"])


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("root", nargs="?", default="http://127.0.0.1:8501", help="URL of the server")
root = parser.parse_args().root.rstrip("/")
session = requests.Session()
for part in (rows, columns, examples, description, errors):
    part()
print(f"{failures} failed")
sys.exit(bool(failures))
