// Typed texts: one, or one per line.

const PAUSE_MILLISECONDS = 150;
const PAUSE_BEFORE_EXPLAINING_SECONDS = 0.3;
const MOST_LINES = 100;
const MOST_EXPLAINED = 16;

let pause;
let pending = new AbortController();

/* Returns the texts to classify, and how many lines are left out. */
function typedTexts() {
  const typed = byId("text").value;
  if (mode() === "one") return { texts: typed.trim() ? [typed.trim()] : [], left: 0 };
  const lines = typed.split("\n").filter((line) => line.trim());
  return { texts: lines.slice(0, MOST_LINES), left: Math.max(0, lines.length - MOST_LINES) };
}

async function classifyTexts() {
  pending.abort();
  pending = new AbortController();
  const { signal } = pending;
  if (mode() === "table") return;
  const { texts, left } = typedTexts();
  byId("code").hidden = !texts.length;
  if (!texts.length) {
    showResults([]);
    return say("");
  }
  showCode(texts);
  try {
    const predictions = await predictAll(texts, signal);
    if (signal.aborted) return;
    showResults(texts.map((text, place) => ({ text, prediction: predictions[place] })));
    const rest = left ? ` ${counted(left, "more line")} not classified: open a file as a table instead.` : "";
    say(`${summaryOf(predictions)}.${rest}`);
    // The verdict says the same.
    byId("summary").classList.toggle("hidden-label", texts.length === 1);
    await explainFirst(signal);
  } catch (error) {
    if (signal.aborted) return;
    showResults([]);
    say(error.message, true);
  }
}

function summaryOf(predictions) {
  if (predictions.length === 1) return inWords(predictions[0]);
  const counts = [...countBy(predictions, ({ label }) => label || "no label")];
  return `${counted(predictions.length, "text")}: ${counts.map(([label, count]) => `${grouped(count)} ${label}`).join(", ")}`;
}

function showResults(results) {
  const isAlone = results.length === 1;
  byId("results").replaceChildren(...results.map((result) => resultItem(result, isAlone)));
  showLegend(results.map(({ prediction }) => prediction).filter(({ reason }) => !reason).map(({ label }) => label));
  document.querySelectorAll("#results .fold").forEach(offerToUnfold);
}

function resultItem({ text, prediction }, isAlone) {
  const words = make("p", "shaded fold", text);
  words.dir = "auto";
  const { probabilities, reason } = prediction;
  const shares = Object.entries(probabilities);
  const bars = reason ? [] : isAlone || prediction.labels ? classBars(probabilities) : [stackedBar(shares)];
  const item = make("li", "box result", verdict(prediction), ...bars, words);
  item.text = text;
  item.prediction = prediction;
  return item;
}

/* Folds a long text, with a button to show all of it. */
function offerToUnfold(words) {
  if (words.scrollHeight <= words.clientHeight + 1) return words.classList.remove("fold");
  const button = make("button", "quiet", "Show all");
  button.type = "button";
  button.ariaExpanded = "false";
  button.addEventListener("click", () => {
    const isFolded = words.classList.toggle("fold");
    button.textContent = isFolded ? "Show all" : "Show less";
    button.ariaExpanded = String(!isFolded);
  });
  words.after(button);
}

/* Explains the first texts, one after the other, and offers to explain those after them. */
async function explainFirst(signal) {
  const items = [...byId("results").children].filter(({ prediction }) => !prediction.reason);
  items.slice(MOST_EXPLAINED).forEach(offerToExplain);
  try {
    await sleep(PAUSE_BEFORE_EXPLAINING_SECONDS, signal);
    for (const item of items.slice(0, MOST_EXPLAINED)) await explainItem(item, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/* Explains a text. If the server is too busy, the user can ask again. */
async function explainItem(item, signal) {
  if (item.text.length > settings.explained_characters) return offerToExplain(item);
  try {
    const [explanation] = await explain([item.text], signal);
    showExplanation(item, explanation);
  } catch (error) {
    if (signal.aborted) throw error;
    offerToExplain(item);
  }
}

function offerToExplain(item) {
  if (item.text.length > settings.explained_characters) {
    return item.append(make("p", "note", `Not explained: the text has more than ${grouped(settings.explained_characters)} characters.`));
  }
  const button = make("button", "quiet", "Mark the words that decide");
  button.type = "button";
  button.addEventListener("click", () => {
    button.remove();
    explainItem(item, pending.signal);
  });
  item.append(button);
}

function showExplanation(item, explanation) {
  const { label, classes, error, unread_tokens: unread } = explanation;
  if (error || !classes[label]) return;
  const words = item.querySelector(".shaded");
  words.replaceChildren(...markedWords(item.text, explanation, label));
  words.after(...strongestWords(explanation, label));
  if (unread) {
    const note = `The model reads the last ${grouped(model.max_length)} tokens: ${counted(unread, "token")} before them, in italics, had no influence.`;
    item.append(make("p", "note", note));
  }
}

byId("text").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(classifyTexts, PAUSE_MILLISECONDS);
});
byId("text").addEventListener("paste", (event) => {
  const pasted = event.clipboardData.getData("text/plain");
  if (isTable(pasted)) {
    event.preventDefault();
    setMode("table");
    openPasted(pasted);
  } else if (/\n[ \t\r]*\n/.test(pasted.trim())) {
    // Paragraphs are one text.
    setMode("one");
  }
});
byId("classify").addEventListener("submit", (event) => {
  event.preventDefault();
  classifyTexts();
});
