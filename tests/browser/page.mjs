// The server's page in a real browser: typing and a dropped file are answered, nothing is asked of other hosts, axe-core finds no
// violation, in light and dark, wide and narrow. Run by hand, since it needs Node.js, playwright-core, axe-core and Chromium:
//
//     npm install --no-save --prefix /tmp/page playwright-core axe-core
//     sentiment serve --port 18501 &
//     NODE_PATH=/tmp/page/node_modules node tests/browser/page.mjs http://127.0.0.1:18501/ [FOLDER FOR SCREENSHOTS]
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [url, screenshots] = process.argv.slice(2);
const file = {
  name: "texts.csv",
  mimeType: "text/csv",
  buffer: Buffer.from('\uFEFFid,review\r\n1,"A moving, beautifully acted film."\r\n2,"The soup was ""cold"",\nthe waiter rude."\r\n'),
};

async function use(page) {
  await page.goto(url);
  await page.focus("#text");
  await page.keyboard.type("The acting is wonderful\nNever again, the food was cold\n\nzzqx");
  await page.waitForFunction(() => document.querySelectorAll("#results li").length === 3);
  await page.waitForSelector("#results mark");
  await page.setInputFiles("#file", file);
  await page.waitForSelector("#download:not([hidden])");
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const colorScheme of ["light", "dark"]) {
  for (const width of [1100, 360]) {
    const viewport = { width, height: 800 };
    const wrong = [];
    const page = await browser.newPage({ colorScheme, viewport });
    page.on("console", (message) => wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) wrong.push(request.url());
    });
    await use(page);
    const answers = await page.locator("#results li").allTextContents();
    assert.match(answers[0], /positive/);
    assert.match(answers[1], /negative/);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download a")]);
    const scored = readFileSync(await download.path(), "utf8");
    assert.match(scored, /1,"A moving, beautifully acted film.",positive,/);
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(scrollWidth <= width, `${scrollWidth} pixels in ${width}`);
    if (screenshots) await page.screenshot({ path: `${screenshots}/${colorScheme}-${width}.png`, fullPage: true });
    assert.deepEqual(wrong, []);
    await page.close();

    // Without the page's security policy, which would keep the checker out.
    const checked = await browser.newPage({ colorScheme, viewport, bypassCSP: true });
    await use(checked);
    await checked.evaluate(axe);
    const { violations } = await checked.evaluate(() => axe.run());
    assert.deepEqual(violations.map((violation) => violation.id), []);
    await checked.close();
    console.log(`${colorScheme}, ${width} pixels: as it should be`);
  }
}
await browser.close();
