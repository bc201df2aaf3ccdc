// A prediction: its verdict, and the probabilities of all classes as bars.

const TOO_CLOSE = 0.1;
const CLASSES_SHOWN = 8;
const SERIES = 6;

/* Returns the colour of a class. Classes other than positive, negative and neutral have those of charts. */
function colorOf(label) {
  const tone = model.tones[label];
  if (tone) return `var(--${tone === "positive" ? "series-1" : "series-2"})`;
  const hasTones = Object.keys(model.tones).length;
  if (hasTones && label.toLowerCase() === "neutral") return "var(--edge)";
  const others = model.labels.filter((other) => !model.tones[other]);
  const first = hasTones ? 2 : 0;
  return ["uncertain", "refused", "missing"].includes(label) ? "var(--line)" : `var(--series-${((first + others.indexOf(label)) % SERIES) + 1})`;
}

/* Gives an element the colour of a class. Negative is hatched, so that it differs from positive in grey too. */
function filled(element, label) {
  element.style.setProperty("--color", colorOf(label));
  element.classList.toggle("hatched", model.tones[label] === "negative");
  return element;
}

const byProbability = (probabilities) => Object.entries(probabilities).sort((a, b) => b[1] - a[1]);

/* Returns whether another class is nearly as probable as the predicted one. */
function isTooClose({ probabilities, label, labels, reason }) {
  if (reason || labels) return false;
  const others = byProbability(probabilities).filter(([name]) => name !== label);
  return others.length > 0 && probabilities[label] - others[0][1] < TOO_CLOSE;
}

function inWords(prediction) {
  const { label, score, reason } = prediction;
  if (reason) return `${label}: ${reason}`;
  return `${label || "no label"}, ${percent(score)}${isTooClose(prediction) ? ", too close to call" : ""}`;
}

function verdict(prediction) {
  const { label, score, reason } = prediction;
  const name = make("bdi", `${reason ? "no" : model.tones[label] || "other"}-tone`, label || "no label");
  const children = [name, " ", make("span", "score", reason || percent(score))];
  if (isTooClose(prediction)) children.push(" ", make("span", "badge", "too close to call"));
  return make("p", "verdict", ...children);
}

/* Returns one bar a class, the most probable first. */
function classBars(probabilities) {
  const entries = byProbability(probabilities);
  const bar = ([label, share]) => {
    const row = make("li", "", make("bdi", "", label), make("span", "track"), make("span", "share", percent(share)));
    row.style.setProperty("--share", percent(share));
    row.style.setProperty("--color", colorOf(label));
    return row;
  };
  const bars = make("ul", "bars", ...entries.slice(0, CLASSES_SHOWN).map(bar));
  if (entries.length <= CLASSES_SHOWN) return [bars];
  const rest = make("details", "", make("summary", "", `${entries.length - CLASSES_SHOWN} more classes`), make("ul", "bars", ...entries.slice(CLASSES_SHOWN).map(bar)));
  return [bars, rest];
}

/* Returns one bar with a part for each share, and says them in its label. Shares are [name, share, text]. */
function stackedBar(shares) {
  const bar = make("div", "stack", ...shares.filter(([, share]) => share > 0).map(([name, share]) => {
    const part = filled(make("span", ""), name);
    part.style.setProperty("--share", share);
    return part;
  }));
  bar.role = "img";
  bar.ariaLabel = shares.map(([name, share, text]) => `${name} ${text || percent(share)}`).join(", ");
  bar.title = bar.ariaLabel;
  return bar;
}
