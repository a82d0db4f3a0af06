// How smoothly lists of a thousand scroll and take letters, in Chromium on a processor that is slowed down four times (or SLOWER):
//   CARNET=.build/release/client/carnet CARNET_RELAY=.build/release/server/carnet-relay node --test tests/bench/scroll.mjs
import { test } from "node:test";
import { device, relay, settled } from "../browser/harness.mjs";

const many = 1000, slower = Number(process.env.SLOWER ?? 4);

const insert = (table, columns, values) =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<${many}) INSERT INTO ${table}(space,${columns}) SELECT 1,${values} FROM n;`;
const prose = (what) => `'${what} ' || i || ' : le placier passe chaque semaine chez tous les vendeurs et note leurs demandes dans un cahier, lu par le collège.'`;

// What frames and long tasks there were while the page was scrolled through, a screen's third a frame.
async function scrolled(page) {
  return page.evaluate(() => new Promise((done) => {
    const frames = [], long = [];
    const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
    watch.observe({ entryTypes: ["longtask"] });
    let before = performance.now(), left = 300;
    const step = (now) => {
      frames.push(now - before);
      before = now;
      scrollBy(0, innerHeight / 3);
      if (--left > 0) return requestAnimationFrame(step);
      watch.disconnect();
      frames.sort((a, b) => a - b);
      done({ median: frames[150], p95: frames[285], worst: frames[299], over50: frames.filter((each) => each > 50).length, long: long.length });
    };
    requestAnimationFrame(step);
  }));
}

async function typed(page, area) {
  await area.click();
  return page.evaluate(async () => {
    const element = document.activeElement, times = [];
    for (const letter of "des mots de plus") {
      const before = performance.now();
      document.execCommand("insertText", false, letter);
      element.getBoundingClientRect();
      times.push(performance.now() - before);
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    }
    return Math.max(...times);
  });
}

test("bench", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const town = await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  const visit = await one.add("visit", { guest: town, starts_on: "2025-03-10", ends_on: "2025-03-14" });
  const laarne = await one.add("organisation", { name: "Laarne", kind: "municipality" });
  const question = await one.add("learning_question", { organisation: laarne, position: 1, wording: "Comment ?" });
  const lists = [
    ["journal", `journal/${visit}`, ".journal-entry", insert("journal_entry", "visit,day,learned,applicable", `${visit},'2025-03-1' || (i%5),${prose("Appris")},${prose("À faire")}`), async (page) => { await page.locator(".journal-entry button").first().click(); return page.locator(".journal-entry textarea").first(); }],
    ["notes of a day", "today/2025-03-11", ".note", "", async (page) => page.locator(".note textarea").first()],
    ["obstacles", `questions/${laarne}`, ".ordered > li", insert("obstacle", "question,position,text", `${question},i,${prose("Obstacle")}`), async (page) => page.locator(".ordered textarea").first()],
    ["questions", `questions/${town}`, ".question", insert("learning_question", "organisation,position,wording", `${town},i+1,${prose("Question")}`), async (page) => page.locator(".question-wording textarea").first()],
    ["overview", "overview", ".overview", "", null],
  ];
  for (const [name, path, item, sql, first] of lists) {
    if (sql) await one.sql(sql);
    const page = await one.page("settings");
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: slower });
    const begun = Date.now();
    await page.evaluate((to) => { location.hash = `#/${to}`; }, path);
    await page.waitForSelector(item);
    await settled(page);
    const shown = Date.now() - begun;
    const { median, p95, worst, over50, long } = await scrolled(page);
    const letter = first ? await typed(page, await first(page)) : NaN;
    console.log(`${name}: ${await page.locator(item).count()} items, ${await page.evaluate(() => document.querySelectorAll("*").length)} elements, shown in ${shown} ms; frames ${median.toFixed(0)}; ${p95.toFixed(0)} ms, worst ${worst.toFixed(0)}, ${over50} of 300 over 50, ${long} long tasks; a letter takes ${letter.toFixed(0)} ms`);
    await page.context().close();
  }
});
