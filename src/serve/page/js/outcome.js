// The result of a table: shares of the classes, by group, agreement with a label column, examples and the download.

const MOST_GROUPS = 24;
const EXAMPLES_SHOWN = 5;
const REASONS_SHOWN = 5;
const DATE = /^\d{4}-\d{2}-\d{2}/;
const QUANTILE = 1.96;

function showOutcome(predictions) {
  table.predictions = predictions;
  byId("shares").replaceChildren(...classShares(predictions), ...unlabelledRows(predictions));
  showAgreement();
  offerGroups();
  showExamples();
  offerDownload();
  byId("outcome").hidden = false;
  say(`${table.name}: ${summaryOf(predictions)}.`);
}

/* Returns the classes with their counts, in the order of the model, and those that the model has not at the end. */
function classCounts(predictions) {
  const counts = countBy(predictions, ({ label }) => label);
  const order = [...model.labels, ...[...counts.keys()].filter((label) => !model.labels.includes(label))];
  return order.filter((label) => counts.has(label)).map((label) => [label, counts.get(label)]);
}

function classShares(predictions) {
  const counts = classCounts(predictions);
  const shares = counts.map(([label, count]) => [label, count / predictions.length, grouped(count)]);
  const keys = shares.map(([label, share, count]) =>
    make("li", "", filled(make("span", "key"), label), make("bdi", "", label), ` ${count} (${percent(share)})`));
  return [stackedBar(shares), make("ul", "keys", ...keys)];
}

/* Lists the rows that have no label, with the row and the column. */
function unlabelledRows(predictions) {
  const rows = predictions.map((prediction, row) => ({ row, reason: prediction.reason })).filter(({ reason }) => reason);
  if (!rows.length) return [];
  const column = columnNames()[table.text_column];
  const reasons = rows.slice(0, REASONS_SHOWN).map(({ row, reason }) => make("li", "", `Row ${table.lines[row]}, column ${column}: ${reason}`));
  const rest = rows.length > REASONS_SHOWN ? [make("li", "", `and ${counted(rows.length - REASONS_SHOWN, "more row")}`)] : [];
  return [make("details", "", make("summary", "", `${counted(rows.length, "row")} without a label`), make("ul", "notes", ...reasons, ...rest))];
}

/* Wilson's 95% interval of a proportion. */
function wilson(right, total) {
  const square = QUANTILE ** 2;
  const centre = (right + square / 2) / (total + square);
  const half = (QUANTILE / (total + square)) * Math.sqrt((right * (total - right)) / total + square / 4);
  return [centre - half, centre + half];
}

/* Compares the predictions with the label column, if its labels are those of the model. */
function showAgreement() {
  const known = new Map(model.labels.map((label) => [label.toLowerCase(), label]));
  const column = table.label_column;
  const pairs = table.predictions
    .map(({ label, reason }, row) => ({ actual: known.get((table.rows[row][column] ?? "").trim().toLowerCase()), predicted: label, reason }))
    .filter(({ actual, reason }) => actual && !reason);
  byId("agreement").hidden = column === null;
  if (column === null) return;
  if (!pairs.length) {
    return byId("agreement").replaceChildren(make("p", "note", `No row has a label of the model in the column ${columnNames()[column]}.`));
  }
  const right = pairs.filter(({ actual, predicted }) => actual === predicted).length;
  const [low, high] = wilson(right, pairs.length);
  byId("agreement").replaceChildren(
    make("h3", "", "Agreement with the label column"),
    make("p", "", make("b", "large", percent(right / pairs.length)), ` of ${counted(pairs.length, "labelled row")} right, 95% interval ${percent(low)} to ${percent(high)}`),
    confusionTable(pairs),
  );
}

function confusionTable(pairs) {
  const labels = model.labels.filter((label) => pairs.some(({ actual, predicted }) => actual === label || predicted === label));
  const heading = (text, scope) => Object.assign(make("th", "", text), { scope });
  const head = make("tr", "", heading("actual \\ predicted", "col"), ...labels.map((label) => heading(label, "col")));
  const totals = countBy(pairs, ({ actual }) => actual);
  const counts = countBy(pairs, ({ actual, predicted }) => JSON.stringify([actual, predicted]));
  const rows = labels.map((actual) => {
    const cells = labels.map((predicted) => {
      const count = counts.get(JSON.stringify([actual, predicted])) || 0;
      const cell = make("td", actual === predicted ? "right" : "wrong", grouped(count));
      cell.style.setProperty("--share", count / (totals.get(actual) || 1));
      return cell;
    });
    return make("tr", "", heading(actual, "row"), ...cells);
  });
  const scroll = make("div", "scroll", make("table", "confusion", make("thead", "", head), make("tbody", "", ...rows)));
  return Object.assign(scroll, { tabIndex: 0, role: "region", ariaLabel: "Confusion matrix" });
}

/* Returns the groups of the rows by a column: its values, or the days, months or years of dates. */
function groupKeys(column) {
  const cells = table.rows.map((row) => (row[column] ?? "").trim());
  const dates = cells.filter((cell) => DATE.test(cell)).length;
  if (2 * dates <= cells.length) return cells;
  const lengths = [10, 7, 4];
  const few = (length) => new Set(cells.map((cell) => cell.slice(0, length))).size <= MOST_GROUPS;
  return cells.map((cell) => cell.slice(0, lengths.find(few) ?? 4));
}

/* Offers the columns that group the rows: those with few values, of which one at least is repeated. */
function offerGroups() {
  const isGrouping = (column) => {
    const values = new Set(groupKeys(column)).size;
    return column !== table.text_column && values > 1 && values <= MOST_GROUPS && values < table.rows.length;
  };
  const columns = table.columns.map((_, column) => column).filter(isGrouping);
  byId("grouped").hidden = !columns.length;
  byId("group-column").replaceChildren(...columns.map((column) => new Option(columnNames()[column], column)));
  const other = columns.find((column) => column !== table.label_column);
  if (!columns.length) return;
  byId("group-column").value = other ?? columns[0];
  showGroups();
}

function showGroups() {
  const keys = groupKeys(Number(byId("group-column").value));
  const groups = new Map();
  keys.forEach((name, row) => {
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(table.predictions[row]);
  });
  const sorted = [...groups].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const rows = sorted.map(([name, predictions]) => {
    const shares = classCounts(predictions).map(([label, count]) => [label, count / predictions.length, grouped(count)]);
    const heading = Object.assign(make("th", "", name || "(empty)"), { scope: "row" });
    return make("tr", "", heading, make("td", "", stackedBar(shares)), make("td", "count", grouped(predictions.length)));
  });
  byId("groups").replaceChildren(make("table", "groups", make("tbody", "", ...rows)));
}

/* Shows the texts with the highest and the lowest probability of their label, each once. */
function showExamples() {
  const seen = new Set();
  const isNew = (text) => !seen.has(text) && seen.add(text);
  const rows = table.predictions
    .map((prediction, row) => ({ ...prediction, row }))
    .filter(({ row, reason }) => !reason && isNew(table.rows[row][table.text_column]));
  rows.sort((a, b) => b.score - a.score);
  const shown = Math.min(EXAMPLES_SHOWN, Math.floor(rows.length / 2));
  const list = (heading, part) => make("div", "", make("h3", "", heading), make("ol", "sample", ...part.map(exampleItem)));
  const lists = shown ? [list("Surest", rows.slice(0, shown)), list("Least sure", rows.slice(-shown).reverse())] : [];
  byId("examples").replaceChildren(...lists);
}

function exampleItem({ row, ...prediction }) {
  const words = make("p", "fold", table.rows[row][table.text_column]);
  words.dir = "auto";
  const item = make("li", "", verdict(prediction), words, make("span", "note", `Row ${table.lines[row]}`));
  return item;
}

function toCsv(rows) {
  const quote = (field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
  return `\uFEFF${rows.map((row) => row.map((field) => quote(String(field))).join(",")).join("\r\n")}\r\n`;
}

function offerDownload() {
  const header = columnNames();
  const free = (name) => (header.includes(name) ? `sentiment_${name}` : name);
  const added = ["label", "score", ...model.labels.map((label) => `probability_${label}`), "reason"].map(free);
  const rows = table.rows.map((row, place) => {
    const { label, score, probabilities, reason = "" } = table.predictions[place];
    return [...header.map((_, column) => row[column] ?? ""), label, score, ...model.labels.map((name) => probabilities[name] ?? ""), reason];
  });
  const link = byId("download");
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([toCsv([[...header, ...added], ...rows])], { type: "text/csv" }));
  link.download = `${table.name.replace(/\.\w+$/, "")}-classified.csv`;
}

byId("group-column").addEventListener("change", showGroups);
