// Words marked by their weights: the rule of the program's other pages, which src/tone.rs has.

const FULL_WEIGHT = settings.full_weight;
const LEAST_STRENGTH = settings.least_strength;
const WORDS_NAMED = 3;
const IS_WORD = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

const fromBytes = new TextDecoder();
const toBytes = new TextEncoder();

function markOf(label, weight) {
  const tone = model.tones[label];
  if (!tone) return weight > 0 ? "for" : "against";
  return (tone === "positive") === weight > 0 ? "positive" : "negative";
}

/* Shows the part of the legend that the labels of the marked texts need. */
function showLegend(labels) {
  byId("legend").hidden = !labels.length;
  for (const entry of document.querySelectorAll("#legend [data-for]")) {
    entry.hidden = !labels.some((label) => Boolean(model.tones[label]) === (entry.dataset.for === "tones"));
  }
}

/* Returns the pieces of a text as nodes. The offsets are UTF-8 bytes. */
function markedWords(text, explanation, label) {
  const { classes, unknown = [], read_from: readFrom = 0 } = explanation;
  const spans = classes[label].weights.flatMap(({ start, end, also_at: others = [], weight }) =>
    [[start, end], ...others].map(([from, to]) => ({ from, to, weight })));
  spans.push(...unknown.map(([from, to]) => ({ from, to, weight: 0 })));
  // A stable order: a weighted word comes before the same word as an unknown one.
  spans.sort((a, b) => a.from - b.from);
  const isUnknown = new Set(unknown.map(([from]) => from));
  const bytes = toBytes.encode(text);
  const part = (from, to) => fromBytes.decode(bytes.subarray(from, to));
  const pieces = readFrom ? [make("span", "unread", part(0, readFrom))] : [];
  let at = readFrom;
  for (const { from, to, weight } of spans) {
    if (from < at) continue;
    pieces.push(part(at, from), markedWord(part(from, to), weight, label, isUnknown.has(from)));
    at = to;
  }
  return [...pieces, part(at)];
}

function markedWord(word, weight, label, isUnknown) {
  const strength = Math.min(1, Math.abs(weight) / FULL_WEIGHT);
  if (strength < LEAST_STRENGTH) return isUnknown ? make("span", "unknown", word) : word;
  const mark = make("mark", `${markOf(label, weight)} s${Math.ceil(10 * strength)}`, word);
  mark.title = `${signed(weight)} for ${label}`;
  return mark;
}

/* Names the strongest words, for those who do not see the marks. */
function strongestWords({ classes }, label) {
  const isStrong = ({ token, weight }) => IS_WORD.test(token) && Math.abs(weight) >= LEAST_STRENGTH * FULL_WEIGHT;
  const strongest = classes[label].weights.filter(isStrong).slice(0, WORDS_NAMED);
  if (!strongest.length) return [];
  const words = strongest.map(({ token, weight }) => make("span", "", make("bdi", "", token), ` ${signed(weight)}`));
  return [make("p", "strongest", make("span", "note", `Strongest words for ${label}: `), ...words)];
}
