// Makes the screenshots of the documentation in the folder $IMAGES. .ci/screenshots runs it.

import { join } from "node:path";
import { test } from "node:test";
import { folder, ready, run, serve, visit } from "./browser.mjs";

const images = process.env.IMAGES;
const viewport = { width: 1100, height: 765 };
const chinese = new URL("chinese-reviews.csv", import.meta.url).pathname;

async function picture(page, name, text) {
  await ready(page);
  await page.fill("#text", text);
  await page.waitForSelector("#results mark");
  await page.locator("#text").blur();
  await page.screenshot({ path: join(images, name), clip: { x: 0, y: 0, ...viewport } });
}

test("the page in both themes", async () => {
  const url = await serve();
  for (const colorScheme of ["light", "dark"]) {
    await visit(url, { colorScheme, viewport }, (page) => picture(page, `page-${colorScheme}.png`, "The plot is thin but the acting is wonderful"));
  }
});

test("the page with a Chinese text", async () => {
  const model = join(folder, "chinese");
  run("train", chinese, "--language", "zh", "--epochs", "6", "--out", model, "--quiet");
  const url = await serve("--model", `hotels=${model}`);
  await visit(url, { viewport }, (page) => picture(page, "page-chinese.png", "房间很干净，但是隔音太差，早餐很丰富"));
});
