// A table: opening, the choice of columns, and classifying its rows.

const ROWS_PREVIEWED = 20;
const ROWS_A_REQUEST = 64;
const COLUMNS_SAMPLED = 200;
const FORMATS = { csv: "csv", tsv: "tsv", tab: "tsv", txt: "lines", json: "json", jsonl: "json", ndjson: "json", xlsx: "xlsx" };

let table;
let running = new AbortController();

/* Returns whether a text is rows of cells, as a spreadsheet copies them. */
function isTable(text) {
  const lines = text.trim().split("\n");
  const tabs = (line) => line.split("\t").length;
  return lines.length > 1 && tabs(lines[0]) > 1 && lines.every((line) => tabs(line) === tabs(lines[0]));
}

const openPasted = (text) => openTable("Pasted table", "tsv", text);

function openFile(file) {
  if (!file) return undefined;
  setMode("table");
  if (file.size > settings.max_body) {
    const limit = `${file.name}: larger than ${mebibytes(settings.max_body)}, the limit of this server.`;
    return fail(`${limit} The command sentiment predict --input has none.`);
  }
  const extension = file.name.split(".").pop().toLowerCase();
  return openTable(file.name, FORMATS[extension] || "csv", file);
}

async function openTable(name, format, content) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  say(`Reading ${name}…`);
  try {
    const read = await post(`v1/tables/${format}`, content, signal);
    if (!read.rows.length || !read.columns.length) throw new Refused(400, `table: ${read.invalid[0]?.error || "there are no rows"}`);
    table = { name, ...read };
    table.text_column ??= longestColumn(table);
    table.invalid = new Map(read.invalid.map(({ row, error }) => [row, error]));
    showTable();
    say(`${name}: ${counted(table.rows.length, "row")}, ${counted(table.columns.length, "column")}.`);
    byId("start").focus();
  } catch (error) {
    if (!signal.aborted) fail(inFile(name, error.message));
  }
}

/* Says which file a message is about: the server calls it `table`, and a line of it `table:17`. */
function inFile(name, message) {
  const [, line, row, rest] = /^table(?::(\d+))?(?:: row (\d+))?: (.*)$/s.exec(message) || [null, null, null, message];
  return `${name}${line ? `, line ${line}` : row ? `, row ${row}` : ""}: ${rest}`;
}

function fail(message) {
  table = undefined;
  byId("table").hidden = true;
  say(message, true);
}

/* Returns the column with the longest cells. */
function longestColumn({ columns, rows }) {
  const sample = rows.slice(0, COLUMNS_SAMPLED);
  const size = (column) => sample.reduce((sum, row) => sum + (row[column] || "").length, 0);
  return columns.reduce((best, _, column) => (size(column) > size(best) ? column : best), 0);
}

const columnNames = () => table.columns.map((name, column) => (table.has_header === false || !name ? `Column ${column + 1}` : name));

function showTable() {
  const names = columnNames();
  const options = names.map((name, column) => new Option(name, column));
  byId("table-name").textContent = table.name;
  byId("table-notes").replaceChildren(...table.notes.map((note) => make("li", "", note.replace(/^table: /, ""))));
  byId("text-column").replaceChildren(...options);
  byId("text-column").value = table.text_column;
  byId("label-column").replaceChildren(new Option("None", ""), ...options.map((option) => option.cloneNode(true)));
  byId("label-column").value = table.label_column ?? "";
  byId("header-choice").hidden = table.has_header === null;
  byId("has-header").checked = Boolean(table.has_header);
  byId("start").textContent = `Classify ${counted(table.rows.length, "row")}`;
  byId("table").hidden = false;
  showRows(names);
  forgetResult();
}

function showRows(names) {
  const cell = (name, text, column) => make(name, column === table.text_column ? "chosen" : "", text);
  const head = make("tr", "", make("th", "line", "Row"), ...names.map((name, column) => cell("th", name, column)));
  const rows = table.rows.slice(0, ROWS_PREVIEWED).map((row, place) => {
    const cells = names.map((_, column) => cell("td", row[column] ?? "", column));
    const line = make("tr", table.invalid.has(place) ? "invalid" : "", make("td", "line", table.lines[place]), ...cells);
    line.title = table.invalid.get(place) || "";
    return line;
  });
  for (const heading of head.children) heading.scope = "col";
  byId("rows").replaceChildren(make("thead", "", head), make("tbody", "", ...rows));
}

/* Makes the first row the header, or the header the first row. */
function moveHeader() {
  if (byId("has-header").checked) {
    table.columns = table.columns.map((name, column) => (table.rows[0][column] ?? "").trim());
    table.rows.shift();
    table.headerLine = table.lines.shift();
  } else {
    table.rows.unshift(table.columns);
    table.lines.unshift(table.headerLine ?? 1);
  }
  const shift = byId("has-header").checked ? -1 : 1;
  table.invalid = new Map([...table.invalid].map(([row, error]) => [row + shift, error]));
  table.has_header = byId("has-header").checked;
  showTable();
}

function forgetResult() {
  running.abort();
  if (table) table.part = undefined;
  byId("outcome").hidden = byId("progress").hidden = byId("cancel").hidden = byId("continue").hidden = true;
  byId("start").hidden = false;
}

/* Classifies all rows, except those that have a prediction. Those that are not as they should be are not sent. */
async function classifyRows(part) {
  forgetResult();
  running = new AbortController();
  const { signal } = running;
  const { rows, invalid } = table;
  const column = table.text_column;
  byId("start").hidden = true;
  byId("progress").hidden = byId("cancel").hidden = false;
  byId("progress").value = 0;
  byId("cancel").focus();
  const predictions = part ?? rows.map((_, row) => (invalid.has(row) ? refusal(invalid.get(row)) : undefined));
  if (part) table.part = part;
  const open = rows.map((_, row) => row).filter((row) => !predictions[row]);
  say(`Classifying ${counted(open.length, "row")}…`);
  const most = Math.min(ROWS_A_REQUEST, settings.max_instances);
  try {
    for (let at = 0; at < open.length; at += most) {
      const batch = open.slice(at, at + most);
      const answers = await predictAll(batch.map((row) => rows[row][column] ?? ""), signal);
      batch.forEach((row, place) => (predictions[row] = answers[place]));
      byId("progress").value = (at + batch.length) / open.length;
    }
    if (!signal.aborted) showOutcome(predictions);
  } catch (error) {
    if (!signal.aborted) showPart(predictions, error.message);
  } finally {
    if (running.signal === signal) {
      byId("progress").hidden = byId("cancel").hidden = true;
      byId("start").hidden = !byId("continue").hidden;
    }
  }
}

/* Shows the result of the rows that were classified, and offers to continue with the others. */
function showPart(predictions, reason) {
  const left = predictions.filter((prediction) => !prediction).length;
  if (!predictions.some((prediction) => prediction && isAnswer(prediction))) return say(`${table.name}: ${reason}`, true);
  table.part = predictions;
  showOutcome(predictions.map((prediction) => prediction ?? missing(reason)));
  say(`${table.name}: ${grouped(left)} of ${counted(predictions.length, "row")} not classified: ${reason.replace(/\.$/, "")}. Continue with them, or download the result so far.`, true);
  byId("continue").hidden = false;
  byId("start").hidden = true;
  byId("continue").focus();
}

byId("start").addEventListener("click", () => classifyRows());
byId("continue").addEventListener("click", () => classifyRows(table.part));
byId("cancel").addEventListener("click", () => {
  const { part } = table;
  forgetResult();
  if (part) return showPart(part, "Cancelled.");
  say("Cancelled.");
  byId("start").focus();
});
byId("text-column").addEventListener("change", () => {
  table.text_column = Number(byId("text-column").value);
  showTable();
});
byId("label-column").addEventListener("change", () => {
  const column = byId("label-column").value;
  table.label_column = column === "" ? null : Number(column);
  if (table.predictions && !byId("outcome").hidden) showAgreement();
});
byId("has-header").addEventListener("change", moveHeader);
