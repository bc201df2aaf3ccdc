// A browser, and servers for its pages. .ci/browser sets the variables.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";

const { BROWSER_MODULES, CHROMIUM = "/usr/bin/chromium", PROGRAM } = process.env;
const require = createRequire(join(BROWSER_MODULES, "/"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/* How long to wait for what is expected: explanations are slow on a busy machine. */
const PATIENCE_MILLISECONDS = 120_000;

export const folder = mkdtempSync(join(tmpdir(), "sentiment-browser-"));

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
after(() => browser.close());

/* Runs the program and returns what it prints. */
export const run = (...args) => execFileSync(PROGRAM, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/* Starts a server and returns its address. */
export async function serve(...args) {
  const limits = ["--port", "0", "--timeout-ms", String(PATIENCE_MILLISECONDS)];
  const server = spawn(PROGRAM, ["serve", ...limits, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  after(() => server.kill());
  for await (const line of createInterface({ input: server.stderr })) {
    const address = /^listening on (.*)$/.exec(line)?.[1];
    if (address) return `${address}/`;
  }
  throw new Error("the server does not listen");
}

/* Opens a page, tests it, and checks that it reports no error and asks nothing of other hosts. */
export async function visit(url, options, test) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const page = await context.newPage();
  const wrong = [];
  const { origin } = new URL(url);
  page.on("console", (message) => wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("dialog", (dialog) => wrong.push(dialog.message()));
  page.on("request", (request) => {
    if (!/^(data|blob|file):/.test(request.url()) && new URL(request.url()).origin !== origin) wrong.push(request.url());
  });
  await page.goto(url);
  await test(page);
  assert.deepEqual(wrong.filter((message) => !options.expected?.test(message)), []);
  await context.close();
}

/* Checks that a page has no accessibility violations, and that nothing is cut off at its right. */
export async function check(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" ")}`);
  assert.deepEqual(found, [], name);
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${name}: ${content} pixels in ${window}`);
}

/* Calls a function for both themes and for the widths of a desk and a phone. */
export async function everyView(test) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      // axe-core is a script that the policy of the pages keeps out.
      await test({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true }, `${colorScheme}, ${width} pixels`);
    }
  }
}

/* Waits until the server said what the model is. */
export const ready = (page) => page.waitForSelector("#about:not([hidden])");

/* Waits until the live region announces something. */
export const announced = (page, part) =>
  page.waitForFunction((part) => document.getElementById("summary").textContent.includes(part), part);
