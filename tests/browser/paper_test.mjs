// On paper: what the pages lead to, and the pages themselves, printed by Chromium: A4, every word of what was written, nothing over the edge.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { sample, settled, source } from "./harness.mjs";

const run = promisify(execFile);
const tools = [...source("tools.ts").split("export const beside")[0].matchAll(/page: "(\w+)"/g)].map(([, page]) => page);
const words = (text) => text.normalize("NFC").match(/[\p{L}\p{N}]+/gu) ?? [];

// In the page: all of its texts, each by itself.
function texts() {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), all = [];
  while (walk.nextNode()) all.push(walk.currentNode.data);
  return all.join("\n");
}

// A printed page: its sheets in points, where its words stand, and each word, also of those that were divided at the end of a line.
async function printed(page, name, folder) {
  const file = join(folder, `${name}.pdf`);
  writeFileSync(file, await page.pdf({ preferCSSPageSize: true, printBackground: true, format: "A4" }));
  const [{ stdout: boxes }, { stdout: text }] = await Promise.all([run("pdftotext", ["-bbox", file, "-"]), run("pdftotext", ["-raw", file, "-"])]);
  const sheets = boxes.split("<page ").slice(1).map((sheet) => {
    const [width, height] = sheet.match(/[\d.]+/g).map(Number);
    return { width, height, words: [...sheet.matchAll(/xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</g)].map(([, ...at]) => ({ at: at.slice(0, 4).map(Number), text: at[4] })) };
  });
  return { sheets, words: new Set([text, text.replace(/[-‐]\s*\n/g, ""), text.replace(/([-‐])\s*\n/g, "$1")].flatMap(words)) };
}

const a4_mm = [210, 297], mm = 72 / 25.4;
function fitsPaper({ sheets }, margin_mm) {
  assert.ok(sheets.length > 0);
  for (const { width, height, words: all } of sheets) {
    assert.deepEqual([width, height].map((side) => Math.round(side / mm)).sort(), a4_mm);
    const edge = margin_mm * mm;
    const over = all.filter(({ at: [left, top, right, bottom] }) => left < edge - 1 || top < 5 * mm || right > width - edge + 1 || bottom > height - 5 * mm);
    assert.deepEqual(over, []);
  }
}

test("each of the ten tools leads to paper: A4, with every word, and nothing over the edge", async (t) => {
  const { one, page, origin } = await sample(t);
  assert.equal(tools.length, 10);
  for (const tool of tools) {
    await t.test(tool, async () => {
      await page.goto(`${origin}/#/${tool}`);
      const link = await page.waitForSelector('main a[href^="/paper/"][href*=".html"]');
      await page.goto(origin + (await link.getAttribute("href")));
      await page.emulateMedia({ media: "print" });
      const shown = words(await page.evaluate(texts));
      const paper = await printed(page, tool, one.home);
      await page.emulateMedia({ media: null });
      fitsPaper(paper, 14);
      assert.ok(shown.length > 30);
      assert.deepEqual([...new Set(shown)].filter((word) => !paper.words.has(word)), []);
    });
  }
});

test("a page that is printed as it stands is the sheet alone, with every word that was written in it", async (t) => {
  const { one, page, origin } = await sample(t);
  for (const tool of [...tools, "today", "overview"]) {
    await t.test(tool, async () => {
      await page.goto("about:blank");
      await page.goto(`${origin}/#/${tool}`);
      await page.waitForSelector("h1");
      await settled(page);
      const written = await page.evaluate(() => [...document.querySelectorAll("main textarea, main .wording, main h1")].map((each) => each.matches("textarea") ? each.value : each.innerText).join("\n"));
      const paper = await printed(page, `page-${tool}`, one.home);
      fitsPaper(paper, 10);
      assert.deepEqual([...new Set(words(written))].filter((word) => !paper.words.has(word)), []);
      for (const around of ["Noter", "Synchronisation", "Imprimer", "Enregistré"]) assert.ok(!paper.words.has(around), around);
    });
  }
});
