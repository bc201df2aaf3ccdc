// Pages that are files, and the description of the API: no violations in any view, and nothing asked of a host.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { check, everyView, folder, run, serve, visit } from "./browser.mjs";

const text = "The plot of zzqx is thin but the acting is wonderful";
const corpus = join(folder, "reviews.csv");
const rows = ["a wonderful film,negative", "a boring film,negative", "a lovely film,positive", "it was shown on Friday,neutral"];
writeFileSync(corpus, `text,label\n${rows.join("\n")}\n`);

async function checkFile(name, args) {
  const path = join(folder, name);
  run(...args, path);
  await everyView((view, of) =>
    visit(pathToFileURL(path).href, view, async (page) => {
      for (const details of await page.locator("details:not([open]) > summary").all()) await details.click();
      await check(page, `${name}, ${of}`);
    }));
}

test("an explanation is accessible", () => checkFile("explanation.html", ["explain", text, "--method", "gradient", "--html"]));

test("explanations of a corpus are accessible", () =>
  checkFile("overview.html", ["explain", "--corpus", corpus, "--method", "gradient", "--html"]));

test("a report is accessible", () => checkFile("report.html", ["eval", corpus, "--report"]));

test("the example of the page is accessible", () =>
  everyView((view, of) =>
    visit(new URL("../../docs/examples/page.html", import.meta.url).href, view, async (page) => {
      assert.equal(await page.textContent(".verdict bdi"), "positive");
      await check(page, of);
    })));

test("the description of the API is accessible", async () => {
  const url = await serve();
  await everyView((view, of) =>
    visit(`${url}docs`, view, async (page) => {
      await check(page, of);
      await page.click("article a[href='#Table']");
      assert.ok(page.url().endsWith("#Table"));
    }));
});

test("words have the same marks on every page", async () => {
  const url = await serve();
  const marks = (page) => page.locator(".shaded").first().locator("mark, .unknown").evaluateAll((all) => all.map((one) => [one.className, one.textContent]));
  const path = join(folder, "same.html");
  run("explain", text, "--method", "gradient", "--features", "100", "--steps", "32", "--html", path);
  let inFile;
  await visit(pathToFileURL(path).href, {}, async (page) => {
    inFile = await marks(page);
  });
  await visit(url, {}, async (page) => {
    await page.fill("#text", text);
    await page.waitForSelector("#results mark");
    assert.deepEqual(await marks(page), inFile);
  });
  await visit(url, { javaScriptEnabled: false }, async (page) => {
    await page.fill("#text", text);
    await page.click("#text-panel button");
    assert.deepEqual(await marks(page), inFile);
  });
  assert.ok(inFile.some(([name]) => name === "unknown") && inFile.some(([name]) => name === "positive s10"));
});
