"use strict";

const byId = (id) => document.getElementById(id);
const PAUSE_MILLISECONDS = 150;
const MOST_LINES = 100;
const MOST_EXPLAINED = 16;
const MOST_CHARACTERS_EXPLAINED = 4000;
const PAUSE_BEFORE_SHADES_MILLISECONDS = 300;
const WORDS_SHADED = 10;
const LEAST_STRONGEST = 0.02;
const LEAST_SHADED = 0.15;
const ROWS_A_REQUEST = 64;
const MOST_TRIES = 20;

/* The server */

let key = "";

class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

async function call(path, options = {}) {
  const headers = key ? { "x-api-key": key } : {};
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response.json();
  const body = await response.json().catch(() => ({}));
  byId("key-form").hidden = response.status !== 401;
  const message = body.error || `The server returned status ${response.status}.`;
  throw new Refused(response.status, message, response.headers.get("retry-after"));
}

async function predict(texts, signal) {
  const path = `v1/models/${encodeURIComponent(byId("model").value)}:predict`;
  const body = JSON.stringify({ instances: texts });
  return (await call(path, { method: "POST", body, signal })).predictions;
}

async function explain(texts, signal) {
  const path = `v1/models/${encodeURIComponent(byId("model").value)}:explain`;
  const body = JSON.stringify({ instances: texts, method: "gradient", features: WORDS_SHADED });
  return (await call(path, { method: "POST", body, signal })).explanations;
}

async function listModels() {
  try {
    const { models } = await call("v1/models");
    byId("model").replaceChildren(...models.map(({ name }) => new Option(name)));
    byId("model-choice").hidden = models.length < 2;
    byId("key-form").hidden = true;
    say(byId("summary"), "");
    if (key) byId("text").focus();
    scoreLines();
  } catch (error) {
    if (error.status !== 401) return say(byId("summary"), error.message, true);
    byId("key").focus();
    say(byId("summary"), key ? "The API key is not valid." : "The server requires an API key.", true);
  }
}

/* Output */

function say(place, message, failed = false) {
  place.textContent = message;
  place.classList.toggle("failed", failed);
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function make(name, className, ...children) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
}

function shade(label) {
  return ["positive", "negative", "uncertain"].find((known) => label.toLowerCase() === known) || "";
}

function result(text, { label, score, probabilities, reason }) {
  const words = make("p", "words", text);
  const verdict = make("p", "verdict", make("b", "", label), make("span", "", reason || percent(score)));
  if (reason) return make("li", shade(label), words, verdict);
  const bar = make("div", "bar");
  bar.style.setProperty("--share", percent(score));
  bar.title = Object.entries(probabilities).map(([name, share]) => `${name} ${percent(share)}`).join(", ");
  return make("li", shade(label), words, verdict, bar);
}

function summary(predictions) {
  if (predictions.length === 1) {
    const [{ label, score, reason }] = predictions;
    return reason ? `${label}: ${reason}` : `${label}, ${percent(score)}`;
  }
  const counts = new Map();
  for (const { label } of predictions) counts.set(label, (counts.get(label) || 0) + 1);
  const parts = [...counts].map(([label, count]) => `${count.toLocaleString("en")} ${label}`);
  return `${counted(predictions.length, "text")}: ${parts.join(", ")}`;
}

/* Highlights words by their attributions. The offsets are UTF-8 bytes. */

const fromBytes = new TextDecoder();
const toBytes = new TextEncoder();

function shadeWords(place, text, { label, classes, error }) {
  if (error || !classes[label]) return;
  const { weights } = classes[label];
  const strongest = Math.max(LEAST_STRONGEST, ...weights.map(({ weight }) => Math.abs(weight)));
  const spans = weights.flatMap(({ start, end, also_at = [], weight }) =>
    [[start, end], ...also_at].map(([from, to]) => ({ from, to, strength: weight / strongest })));
  spans.sort((a, b) => a.from - b.from);
  const bytes = toBytes.encode(text);
  const part = (from, to) => fromBytes.decode(bytes.subarray(from, to));
  const pieces = [];
  let at = 0;
  for (const { from, to, strength } of spans) {
    if (from < at || Math.abs(strength) < LEAST_SHADED) continue;
    const mark = make("mark", strength > 0 ? "towards" : "away", part(from, to));
    mark.style.setProperty("--strength", Math.abs(strength).toFixed(2));
    pieces.push(part(at, from), mark);
    at = to;
  }
  place.replaceChildren(...pieces, part(at));
}

/* Highlights words after the labels are shown, since explanations take longer. */
async function shadeLines(texts, predictions, signal) {
  const words = [...byId("results").querySelectorAll(".words")];
  let characters = 0;
  const places = texts
    .map((_, place) => place)
    .filter((place) => !predictions[place].reason)
    .filter((place) => (characters += texts[place].length) <= MOST_CHARACTERS_EXPLAINED)
    .slice(0, MOST_EXPLAINED);
  byId("legend").hidden = !places.length;
  if (!places.length) return;
  await sleep(PAUSE_BEFORE_SHADES_MILLISECONDS / 1000);
  if (signal.aborted) return;
  try {
    const explanations = await explain(places.map((place) => texts[place]), signal);
    places.forEach((place, number) => shadeWords(words[place], texts[place], explanations[number]));
  } catch {
    // The labels remain without highlights, for example when the server is busy.
  }
}

/* Typed texts */

let pause;
let pending = new AbortController();

async function scoreLines() {
  pending.abort();
  pending = new AbortController();
  const { signal } = pending;
  const lines = byId("text").value.split("\n").filter((line) => line.trim());
  const shown = lines.slice(0, MOST_LINES);
  if (!shown.length) {
    byId("results").replaceChildren();
    byId("legend").hidden = true;
    return say(byId("summary"), "");
  }
  try {
    const predictions = await predictAll(shown, signal);
    byId("results").replaceChildren(...shown.map((text, place) => result(text, predictions[place])));
    const left = lines.length - shown.length;
    const rest = left ? ` The last ${counted(left, "line")} were ignored. To score more texts, use a CSV file.` : "";
    say(byId("summary"), `${summary(predictions)}${rest ? "." : ""}${rest}`);
    shadeLines(shown, predictions, signal);
  } catch (error) {
    if (signal.aborted) return;
    byId("results").replaceChildren();
    byId("legend").hidden = true;
    say(byId("summary"), error.status ? error.message : "The server does not respond.", true);
  }
}

byId("text").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(scoreLines, PAUSE_MILLISECONDS);
});
byId("model").addEventListener("change", () => {
  scoreLines();
  if (table) scoreFile();
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key = byId("key").value;
  byId("key").value = "";
  listModels();
});

/* CSV (RFC 4180) */

class NoTable extends Error {}

/* Returns the field separator: the most frequent of the three candidates in the header. */
const sleep = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

/* Returns the predictions of texts. Retries while the server is busy, and returns an error for each rejected text. */
async function predictAll(texts, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await predict(texts, signal);
    } catch (error) {
      const { status, retryAfter } = error;
      if ([429, 503, 504].includes(status) && tries < MOST_TRIES) {
        await sleep(Number(retryAfter) || 1);
      } else if ([400, 413].includes(status) && texts.length > 1) {
        const single = [];
        for (const text of texts) single.push(...(await predictAll([text], signal)));
        return single;
      } else if ([400, 413].includes(status)) {
        return [{ label: "refused", score: "", probabilities: {}, reason: error.message }];
      } else {
        throw error;
      }
    }
  }
}

async function scoreFile() {
  const current = ++run;
  const [header, ...rows] = table.rows;
  const column = Number(byId("column").value);
  byId("download").hidden = true;
  byId("progress").hidden = false;
  say(byId("file-summary"), `Scoring ${counted(rows.length, "row")} …`);
  const predictions = [];
  try {
    for (let start = 0; start < rows.length; start += ROWS_A_REQUEST) {
      const texts = rows.slice(start, start + ROWS_A_REQUEST).map((row) => row[column] || "");
      predictions.push(...(await predictAll(texts)));
      if (current !== run) return;
      byId("progress").value = predictions.length / rows.length;
    }
    offer(header, rows, predictions);
    const refused = predictions.find(({ label }) => label === "refused");
    const why = refused ? ` First rejected row: ${refused.reason}` : "";
    say(byId("file-summary"), `${table.name} is done. ${summary(predictions)}.${why}`);
  } catch (error) {
    if (current === run) say(byId("file-summary"), error.status ? error.message : "The server does not respond.", true);
  } finally {
    if (current === run) byId("progress").hidden = true;
  }
}

function offer(header, rows, predictions) {
  const labels = Object.keys((predictions.find(({ label }) => label !== "refused") || { probabilities: {} }).probabilities);
  const width = Math.max(header.length, ...rows.map((row) => row.length));
  const full = (row) => Array.from({ length: width }, (_, column) => row[column] || "");
  const free = (name) => (header.includes(name) ? `sentiment_${name}` : name);
  const added = ["label", "score", ...labels.map((label) => `probability_${label}`), "reason"].map(free);
  const scored = rows.map((row, place) => {
    const { label, score, probabilities, reason } = predictions[place];
    const padded = full(row);
    return [...padded, label, score, ...labels.map((name) => probabilities[name] ?? ""), reason || ""];
  });
  const link = byId("download").firstElementChild;
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([toCsv([[...full(header), ...added], ...scored])], { type: "text/csv" }));
  link.download = table.name.replace(/(\.\w+)?$/, "-scored.csv");
  byId("download").hidden = false;
}

async function open(file) {
  if (!file) return;
  const current = ++run;
  table = undefined;
  byId("column-choice").hidden = byId("download").hidden = byId("progress").hidden = true;
  try {
    if (/\.(jsonl?|ndjson)$/i.test(file.name)) throw new NoTable("This page reads only CSV. For JSON Lines, use `sentiment predict --input FILE`.");
    const rows = parseCsv(await file.text());
    if (current !== run) return;
    if (rows.length < 2) throw new NoTable("The file needs a header and at least one row.");
    table = { name: file.name, rows };
  } catch (error) {
    return say(byId("file-summary"), `${file.name}: ${error.message}`, true);
  }
  const options = table.rows[0].map((name, column) => new Option(name || `Column ${column + 1}`, column));
  byId("column").replaceChildren(...options);
  byId("column").value = textColumn(table.rows);
  byId("column-choice").hidden = false;
  scoreFile();
}

byId("file").addEventListener("change", (event) => open(event.target.files[0]));
byId("column").addEventListener("change", scoreFile);
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    // The text box handles dragged text.
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    byId("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") open(event.dataTransfer.files[0]);
  });
}

listModels();
