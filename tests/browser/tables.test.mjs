// Tables on the page of the server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { announced, check, everyView, ready, serve, visit } from "./browser.mjs";

const url = await serve();

const csv = (name, content) => ({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
const reviews = csv("reviews.csv", [
  "date;product;comment;stars",
  "2026-03-01;coat;\"Warm and light, my best coat so far\";positive",
  "2026-03-01;bag;The zip broke on the second day;negative",
  "2026-03-02;coat;Lovely colour and very comfortable;positive",
  "2026-03-02;bag;\"Terrible; it \"\"tears\"\"\";positive",
  "2026-03-03;bag;Cheap fabric;negative;9",
  "2026-03-03;bag;;negative",
  "",
].join("\n"));

async function classify(page) {
  await page.click("#start");
  await page.waitForSelector("#outcome:not([hidden])");
}

async function downloaded(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  return [download.suggestedFilename(), readFileSync(await download.path(), "utf8")];
}

test("a file is previewed, classified, summed up and downloaded", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.setInputFiles("#file", reviews);
    await announced(page, "reviews.csv: 6 rows, 4 columns");
    assert.equal(await page.locator("#text-column option:checked").textContent(), "comment");
    assert.equal(await page.locator("#label-column option:checked").textContent(), "stars");
    assert.equal(await page.locator("#rows tbody tr").count(), 6);
    assert.equal(await page.locator("#rows tr.invalid .line").textContent(), "6");
    await classify(page);
    await announced(page, "reviews.csv: 6 texts: 2 positive, 2 negative, 1 refused, 1 uncertain");
    assert.match(await page.locator("#shares .stack").getAttribute("aria-label"), /negative 2, positive 2/);
    await page.click("text=2 rows without a label");
    const reasons = await page.locator("#shares .notes li").allTextContents();
    assert.match(reasons[0], /^Row 6, column comment: expected 4 fields/);
    assert.match(reasons[1], /^Row 7, column comment: the text is empty/);
    assert.match(await page.textContent("#agreement"), /75\.0% of 4 labelled rows right, 95% interval 30\.1% to 95\.4%/);
    const confusion = await page.locator(".confusion tbody tr").allTextContents();
    assert.deepEqual(confusion, ["negative10", "positive12"]);
    assert.equal(await page.locator("#groups tr").count(), 3);
    await page.selectOption("#group-column", { label: "product" });
    assert.deepEqual(await page.locator("#groups th").allTextContents(), ["bag", "coat"]);
    assert.match(await page.locator("#examples .sample").first().textContent(), /positive/);
    const [name, content] = await downloaded(page);
    assert.equal(name, "reviews-classified.csv");
    const lines = content.split("\r\n");
    assert.equal(lines[0], "\uFEFFdate,product,comment,stars,label,score,probability_negative,probability_neutral,probability_positive,reason");
    assert.match(lines[1], /^2026-03-01,coat,"Warm and light, my best coat so far",positive,positive,0\.\d+,/);
    assert.match(lines[4], /^2026-03-02,bag,"Terrible; it ""tears""",positive,negative,/);
    assert.match(lines[6], /,uncertain,.*,the text is empty$/);
  }));

test("a second file takes the place of the first", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.setInputFiles("#file", reviews);
    await announced(page, "reviews.csv");
    await classify(page);
    await page.setInputFiles("#file", { name: "new.jsonl", mimeType: "", buffer: Buffer.from('{"id": 7, "text": "wonderful"}\n{"id": 8, "text": "awful"}\n') });
    await announced(page, "new.jsonl: 2 rows, 2 columns");
    assert.equal(await page.textContent("#table-name"), "new.jsonl");
    assert.ok(await page.isHidden("#outcome"));
    assert.ok(await page.isHidden("#header-choice"));
    await classify(page);
    const [name, content] = await downloaded(page);
    assert.equal(name, "new-classified.csv");
    assert.match(content, /\n7,wonderful,positive,/);
  }));

test("the first row is a header or not, and any column is the text", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.setInputFiles("#file", csv("two.csv", "wonderful,cold soup\nawful,warm welcome\n"));
    await announced(page, "two.csv: 1 row");
    await page.uncheck("#has-header");
    assert.equal(await page.textContent("#start"), "Classify 2 rows");
    assert.deepEqual(await page.locator("#rows tbody tr:first-child td").allTextContents(), ["1", "wonderful", "cold soup"]);
    await page.selectOption("#text-column", { label: "Column 1" });
    await classify(page);
    await announced(page, "1 positive, 1 negative");
    await page.check("#has-header");
    assert.equal(await page.textContent("#start"), "Classify 1 row");
    assert.ok(await page.isHidden("#outcome"));
  }));

test("rows of a spreadsheet are pasted as a table", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.focus("#text");
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "id\treview\n1\tA moving film\n2\tThe soup was cold\n");
      document.getElementById("text").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await announced(page, "Pasted table: 2 rows, 2 columns");
    assert.ok(await page.isChecked("[value=table]"));
    assert.equal(await page.locator("#text-column option:checked").textContent(), "review");
    await classify(page);
    await announced(page, "1 positive, 1 negative");
  }));

test("an Excel file is read", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.setInputFiles("#file", new URL("../fixtures/tables/reviews.xlsx", import.meta.url).pathname);
    await announced(page, "reviews.xlsx: ");
    assert.ok((await page.locator("#rows tbody tr").count()) > 1);
  }));

test("an error names the file and the line", () =>
  visit(url, { expected: /400/ }, async (page) => {
    await ready(page);
    await page.setInputFiles("#file", csv("broken.json", '[{"text": "a"},\n{"text": "b"'));
    await announced(page, "broken.json, line 2: ");
    await page.setInputFiles("#file", csv("fake.xlsx", "text"));
    await announced(page, "fake.xlsx: could not read the Excel file");
    await page.setInputFiles("#file", csv("huge.csv", `text\n${"a".repeat(5 << 20)}`));
    await announced(page, "huge.csv: larger than 4 MiB");
    assert.ok(await page.isHidden("#table"));
  }));

test("classifying is cancelled", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    const rows = Array.from({ length: 4000 }, (_, row) => `Review ${row}: the room was clean and the staff were friendly`);
    await page.setInputFiles("#file", csv("many.csv", `text\n${rows.join("\n")}\n`));
    await announced(page, "many.csv: 4,000 rows");
    await page.click("#start");
    await page.waitForFunction(() => document.getElementById("progress").value > 0);
    await page.click("#cancel");
    await announced(page, "Cancelled.");
    assert.ok(await page.isHidden("#outcome"));
    assert.ok(await page.isVisible("#start"));
  }));

test("rows that were classified stay when the server fails, and the others follow", () =>
  visit(url, { expected: /503/, bypassCSP: true }, async (page) => {
    await ready(page);
    const rows = Array.from({ length: 200 }, (_, row) => `Review ${row}: the room was clean and the staff were friendly`);
    await page.setInputFiles("#file", csv("some.csv", `text\n${rows.join("\n")}\n`));
    await announced(page, "some.csv: 200 rows");
    let answered = 2;
    await page.route("**:predict", (route) => {
      if (answered-- > 0) return route.continue();
      return route.fulfill({ status: 503, headers: { "retry-after": "0.01" }, json: { error: "The server is stopping" } });
    });
    await classify(page);
    await announced(page, "some.csv: 72 of 200 rows not classified: The server is stopping");
    await page.click("text=72 rows without a label");
    assert.match(await page.locator("#shares .notes li").first().textContent(), /^Row 130, column text: The server is stopping/);
    const [, part] = await downloaded(page);
    assert.equal(part.match(/,positive,0\.\d/g).length, 128);
    assert.ok(await page.isHidden("#start"));
    await check(page, "a part");
    answered = Infinity;
    await page.click("#continue");
    await announced(page, "some.csv: 200 texts: 200 positive");
    assert.ok(await page.isHidden("#continue"));
    const [, content] = await downloaded(page);
    assert.equal(content.match(/,positive,0\.\d/g).length, 200);
  }));

test("tables are accessible in every view", () =>
  everyView((view, name) =>
    visit(url, view, async (page) => {
      await ready(page);
      await page.check("[value=table]", { force: true });
      await check(page, name);
      await page.setInputFiles("#file", reviews);
      await announced(page, "reviews.csv");
      await check(page, name);
      await classify(page);
      await page.click("text=2 rows without a label");
      await check(page, name);
    })));
