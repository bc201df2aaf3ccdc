// Typed texts on the page of the server.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { announced, check, everyView, folder, ready, run, serve, visit } from "./browser.mjs";

const url = await serve();

const verdicts = (page) => page.locator("#results .verdict").allTextContents();
const paste = (page, text) =>
  page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    if (document.getElementById("text").dispatchEvent(event)) {
      document.getElementById("text").value = text;
      document.getElementById("text").dispatchEvent(new Event("input", { bubbles: true }));
    }
  }, text);

test("a first click shows a result with marked words", () =>
  visit(url, {}, async (page) => {
    await page.click("text=Mixed");
    await page.waitForSelector("#results mark.positive.s10");
    assert.match((await verdicts(page))[0], /^positive 9\d\.\d%$/);
    assert.equal(await page.locator("#results .bars li").count(), 3);
    assert.equal(await page.textContent("#results .shaded"), "The plot is thin but the acting is wonderful");
    assert.match(await page.textContent("#results .strongest"), /wonderful \+0\.\d\d/);
    const legend = await page.locator("#legend mark:visible").allTextContents();
    assert.deepEqual(legend, ["towards positive", "towards negative"]);
    assert.match(await page.textContent("#summary"), /^positive, 9/);
  }));

test("the model says what it is", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    assert.match(await page.textContent("#lead"), /^general classifies English texts as negative, neutral or positive/);
    const facts = await page.textContent("#facts");
    for (const part of ["general, version 1", "reviews of products", "472,071", "2026", "90.9%"]) assert.ok(facts.includes(part), part);
  }));

test("lines are texts, and paragraphs are one", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.check("[value=lines]", { force: true });
    await page.fill("#text", "The acting is wonderful\n\nNever again, the food was cold\nzzqx");
    await announced(page, "3 texts: 1 positive, 1 negative, 1 uncertain");
    assert.match((await verdicts(page))[2], /^uncertain no token is in the vocabulary/);
    await page.waitForSelector("#results li:nth-child(2) mark.negative");
    await paste(page, "The acting is wonderful\n\nNever again, the food was cold");
    await page.waitForFunction(() => document.querySelectorAll("#results li.result").length === 1);
    assert.ok(await page.isChecked("[value=one]"));
  }));

test("markup is text, and an unknown word is marked", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    const text = "<img src=x onerror=alert(1)> a wonderful zzqx 😀 film";
    await page.fill("#text", text);
    await page.waitForSelector("#results .unknown");
    assert.equal(await page.textContent("#results .shaded"), text);
    assert.equal(await page.locator("#results img").count(), 0);
  }));

test("a close call and a text without words are said to be", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.check("[value=lines]", { force: true });
    await page.fill("#text", "The box is blue, after a month\n1234");
    await page.waitForSelector("#results .badge");
    const shown = await verdicts(page);
    assert.match(shown[0], /too close to call/);
    assert.match(shown[1], /the text has no words/);
  }));

test("a long text is folded, and the part that the model does not read is marked", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.fill("#text", `${"They went to the house near the river. ".repeat(80)}A wonderful place.`);
    await page.waitForSelector("#results .unread");
    assert.match(await page.textContent("#results .note:last-child"), /The model reads the last 600 tokens: \d+ tokens before them/);
    const height = () => page.locator("#results .shaded").evaluate((words) => words.clientHeight);
    const folded = await height();
    await page.click("text=Show all");
    assert.ok((await height()) > 2 * folded);
    await page.click("text=Show less");
    assert.equal(await height(), folded);
  }));

test("a text beyond the limit of explanations says so", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.fill("#text", "A good film. ".repeat(1300));
    await page.waitForSelector("text=Not explained: the text has more than 16,000 characters.");
  }));

test("the code runs", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.fill("#text", "It's \"wonderful\" \\ really");
    await page.waitForSelector("#results .verdict");
    await page.click("text=Use it from code");
    const curl = await page.textContent("#curl");
    assert.match(execFileSync("sh", ["-c", `${curl} -s`], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }), /"label":"positive"/);
    const python = await page.textContent("#python");
    assert.match(execFileSync("python3", ["-c", python], { encoding: "utf8" }), /^positive 0\.\d+/);
  }));

test("everything is reached by the keyboard", () =>
  visit(url, {}, async (page) => {
    await ready(page);
    await page.focus("[value=one]");
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.isChecked("[value=lines]"));
    await page.keyboard.press("Tab");
    await page.keyboard.type("The acting is wonderful");
    await announced(page, "positive");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await announced(page, "positive");
    assert.match(await page.inputValue("#text"), /^It did not break once/);
  }));

test("a text is classified without JavaScript", () =>
  visit(url, { javaScriptEnabled: false }, async (page) => {
    await page.fill("#text", "The <b>acting</b> is wonderful");
    await page.click("#text-panel button");
    assert.match(await page.textContent("#results .verdict"), /positive 9/);
    assert.equal(await page.textContent("#results mark.s10"), "wonderful");
  }));

test("models and versions are chosen", async () => {
  const corpus = join(folder, "topics.csv");
  const rows = Array.from({ length: 40 }, (_, row) => (row % 2 ? `The team won match ${row},sports` : `The bank cut rate ${row},money`));
  writeFileSync(corpus, `text,label\n${rows.join("\n")}\n`);
  for (const version of ["1", "2"]) run("train", corpus, "--out", join(folder, "topics", version), "--epochs", "2", "--quiet");
  const url = await serve("--model", `topics=${join(folder, "topics")}`, "--label", "topics:stable=1", "--model", `other=${join(folder, "topics", "2")}`);
  await visit(url, {}, async (page) => {
    await ready(page);
    assert.match(await page.textContent("#lead"), /^topics classifies .*sports/);
    assert.deepEqual(await page.locator("#version option").allTextContents(), ["2 (latest)", "1", "stable (1)"]);
    assert.ok(await page.isHidden("#chips"));
    await page.selectOption("#version", "labels/stable");
    await page.waitForFunction(() => document.getElementById("facts").textContent.includes("version 1"));
    await page.fill("#text", "The team won");
    await page.waitForSelector("#results mark.for");
    assert.match((await verdicts(page))[0], /^sports/);
    assert.deepEqual(await page.locator("#legend mark:visible").allTextContents(), ["for the label", "against it"]);
    await page.selectOption("#model", "other");
    await page.waitForFunction(() => document.getElementById("lead").textContent.startsWith("other"));
    assert.ok(await page.isHidden("#version-choice"));
    assert.ok(!(await page.textContent("#facts")).includes(folder));
  });
});

test("a key is asked for", async () => {
  const keys = join(folder, "keys");
  writeFileSync(keys, "open-sesame\n");
  const url = await serve("--api-key-file", keys);
  await visit(url, { expected: /401/ }, async (page) => {
    await announced(page, "requires an API key");
    await page.fill("#key", "wrong");
    await page.click("text=Use key");
    await announced(page, "The API key is not valid");
    await page.fill("#key", "open-sesame");
    await page.click("text=Use key");
    await ready(page);
    await page.fill("#text", "wonderful");
    await page.waitForSelector("#results mark");
    assert.match(await page.textContent("#curl"), /x-api-key: YOUR_KEY/);
  });
});

test("results are accessible in every view", () =>
  everyView((view, name) =>
    visit(url, view, async (page) => {
      await page.click("text=Mixed");
      await page.waitForSelector("#results mark");
      await page.click("text=Use it from code");
      await check(page, name);
      await page.check("[value=lines]", { force: true });
      await page.fill("#text", "The acting is wonderful\nThe box is blue, after a month\nzzqx");
      await page.waitForSelector("#results li:nth-child(2) mark");
      await check(page, name);
    })));
