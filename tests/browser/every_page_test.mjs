// Every page of the sample opens, asks nothing elsewhere and logs no fault, in whichever browser the tests run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { device, until, visit, wholesome } from "./harness.mjs";

const addresses = ["today", "tools", "presentation", "profile", "factors", "swot", "questions", "programme", "terms", "journal", "progress", "gallery", "plan", "expertise", "exchanges", "overview",
  "search?q=march", "conflicts", "conflicts/decided", "sync", "stick", "phones", "settings"];

test("the addresses are those of the pages", () => {
  const declared = [...readFileSync(new URL("../../client/ui/src/pages/index.ts", import.meta.url), "utf8").matchAll(/path: "(\w+)/g)].map(([, name]) => name);
  const visited = new Set(addresses.map((address) => address.split(/[/?]/)[0]));
  assert.deepEqual(declared.filter((name) => !visited.has(name) && name !== "row" && name !== "history"), []);
});

test("every page of the sample opens", async (t) => {
  const page = await (await device(t)).page();
  await page.click("text=Essayer avec un exemple");
  await page.waitForSelector(".activity");
  for (const address of addresses) {
    await visit(page, address);
    await until(() => page.evaluate((to) => location.hash === `#/${to}` && document.querySelectorAll("main .sheet > *").length > 1 && !/Un instant…/.test(document.body.innerText), address));
    assert.equal(await page.locator("text=Cette page ne s’affiche pas").count() + await page.locator("text=Cette page n’existe pas").count(), 0, address);
    if (process.env.CARNET_SHOTS) await page.screenshot({ path: join(process.env.CARNET_SHOTS, `every-${address.replace(/\W/g, "-")}.png`), fullPage: true, caret: "initial" });
    await wholesome(page);
  }
});
