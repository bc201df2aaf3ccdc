// The same request from a shell and from Python.

const TEXTS_IN_CODE = 3;

function showCode(texts) {
  const url = new URL(modelPath(":predict"), document.baseURI).href;
  const shown = texts.slice(0, TEXTS_IN_CODE);
  byId("curl").textContent = curlCode(url, shown);
  byId("python").textContent = pythonCode(url, shown);
}

const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlCode(url, texts) {
  const header = key ? " \\\n     -H 'x-api-key: YOUR_KEY'" : "";
  return `curl ${shellQuoted(url)}${header} \\\n     -d ${shellQuoted(JSON.stringify({ instances: texts }))}`;
}

function pythonCode(url, texts) {
  const headers = key ? ', headers={"x-api-key": "YOUR_KEY"}' : "";
  // A string in JSON is one in Python too.
  return `import json
from urllib.request import Request, urlopen

texts = [${texts.map((text) => JSON.stringify(text)).join(", ")}]
data = json.dumps({"instances": texts}).encode()
request = Request(${JSON.stringify(url)}, data${headers})
for prediction in json.load(urlopen(request))["predictions"]:
    print(prediction["label"], prediction["score"])`;
}

/* Copies a text; without access to the clipboard, selects it for the user to copy. */
async function copy(button) {
  const code = byId(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(code.textContent);
    say("Copied.");
  } catch {
    getSelection().selectAllChildren(code);
    say("Selected: press Ctrl+C to copy.");
  }
}

for (const button of document.querySelectorAll("[data-copies]")) button.addEventListener("click", () => copy(button));
