// CSV files: parsing, writing, and finding the column with the texts.

function separator(header) {
  const count = (sign) => header.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

function parseCsv(content) {
  if (/[\0\uFFFD]/.test(content)) throw new NoTable("The file is not UTF-8 text.");
  const between = separator(content.split("\n", 1)[0]);
  const rows = [];
  let row = [];
  let field = "";
  let quoted = false;
  const text = content.replace(/^\uFEFF/, "");
  for (let place = 0; place < text.length; place++) {
    const sign = text[place];
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (text[place + 1] === '"') field += text[++place];
      else quoted = false;
    } else if (sign === '"' && field === "") {
      quoted = true;
    } else if (sign === between || sign === "\n") {
      row.push(field.replace(/\r$/, ""));
      field = "";
      if (sign === "\n") {
        rows.push(row);
        row = [];
      }
    } else {
      field += sign;
    }
  }
  if (quoted) throw new NoTable("The file has an unclosed quote.");
  if (field || row.length) rows.push([...row, field]);
  return rows.filter((fields) => fields.length > 1 || fields[0]);
}

function toCsv(rows) {
  const quote = (field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
  return rows.map((row) => row.map((field) => quote(String(field))).join(",")).join("\r\n") + "\r\n";
}

/* Returns the first column with a typical name for texts, or else the column with the longest fields. */
function textColumn([header, ...rows]) {
  const named = header.findIndex((name) => /^(text|review|sentence|comment|content|body)$/i.test(name.trim()));
  if (named >= 0) return named;
  const size = (column) => rows.reduce((sum, row) => sum + (row[column] || "").length, 0);
  return header.reduce((best, _, column) => (size(column) > size(best) ? column : best), 0);
}

/* CSV files */

let table;
let run = 0;
