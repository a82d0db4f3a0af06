// Every page that the router knows, over the sample partnership, as people see it: on a desk and on phones, in light and in the dark. A page
// that is added is looked at without being named here, unless its address needs something, which `places` then has to give.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEveryLook, sample, source } from "./harness.mjs";

const patterns = [...source("pages/index.ts").matchAll(/\{ path: "([^"]*)", view: \w+ \}/g)].map(([, pattern]) => pattern);

// Where a pattern leads besides its bare address.
async function places(page) {
  const first = async (table) => (await page.evaluate((name) => fetch(`/api/rows?table=${name}`).then((answer) => answer.json()), table))[table][0];
  const question = await first("learning_question"), visit = await first("visit");
  return {
    "today/:day?": [`today/${visit.starts_on}`, "today/2001-01-01"],
    "plan/:id?": [`plan/${(await first("action_plan")).id}`, "plan/1"],
    "exchanges/:id?": [`exchanges/${(await first("exchange")).id}`, "exchanges/1"],
    "row/:id": [`row/${question.id}`, `row/${(await first("comment")).id}`, "row/1"],
    "history/:id/:column?": [`history/${question.id}`, `history/${question.id}/wording`],
    "conflicts/:which?": ["conflicts/decided"],
    search: ["search?q=commune"],
  };
}

test("every page of the sample is fit for everybody's eyes and hands, on a desk and on phones, in light and in the dark", { concurrency: 2 }, async (t) => {
  assert.ok(patterns.length > 20);
  const { one, page, origin } = await sample(t);
  const known = await places(page);
  const addresses = patterns.flatMap((pattern) => [...(/:\w+(\/|$)/.test(pattern) ? [] : [pattern.replace(/\/:.*/, "")]), ...(known[pattern] ?? [])]);
  for (const pattern of patterns) assert.ok(addresses.some((address) => address.startsWith(pattern.split("/:")[0])), `no place for ${pattern}`);
  const free = [page, await one.page()];
  await Promise.all(addresses.map((address, index) => t.test(`#/${address}`, async () => {
    const by = free.pop();
    try {
      await by.goto("about:blank");
      await by.goto(`${origin}/#/${address}`);
      await by.waitForSelector("h1");
      assert.doesNotMatch(await by.innerText("main"), /\b1970\b/); // a moment that never was
      await inEveryLook(by, `${String(index).padStart(2, "0")}-${address.replace(/[^a-z]+/g, "-")}`);
    } finally {
      free.push(by);
    }
  })));
});
