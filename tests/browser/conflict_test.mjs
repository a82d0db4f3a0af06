// What two wrote without knowing of each other: shown, decided, changed again, and told to the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dayFromNow, device, enrol, everyLook, relay, saved, syncNow, until, visit, wholesome } from "./harness.mjs";

const field = (page, label) => page.getByRole("textbox", { name: label }).first();

// Two homes that came by invite through the first page and hold the same visit; a relay that runs. Pages in the order of `names`.
async function together(t, names = ["Afi, portable", "Jan, portable"]) {
  const shared = await relay(t);
  await shared.serve();
  const devices = [], pages = [];
  for (const name of names) {
    const one = await device(t), page = await one.page();
    await enrol(page, await shared.invite(name));
    devices.push(one);
    pages.push(page);
  }
  const [one] = devices;
  await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  const journey = await one.add("visit", { starts_on: dayFromNow(0), title: "Visite à Laarne" });
  const activity = await one.add("activity", { visit: journey, day: dayFromNow(0), position: 1, title: "Rencontre des marchands" });
  for (const page of pages) await syncNow(page);
  return { shared, devices, pages, journey, activity };
}

async function write(page, row, label, text) {
  await visit(page, `row/${row}`);
  await field(page, label).fill(text);
  await saved(page);
}
const titles = (devices) => Promise.all(devices.map(async (one) => (await one.list("activity"))[0].title));
const all = (values, wanted) => values.every((value) => value === wanted);

// Both write the title, then both exchange: Afi hears of Jan's words, who wrote later.
async function inConflict(t, names) {
  const made = await together(t, names);
  const [afi, jan] = made.pages;
  await write(afi, made.activity, "Activité", "Rencontre des vendeuses du marché");
  await write(jan, made.activity, "Activité", "Rencontre des marchands de Laarne");
  for (const page of [afi, jan, afi]) await syncNow(page);
  for (const page of made.pages.slice(2)) await syncNow(page);
  await until(async () => all(await titles(made.devices), "Rencontre des marchands de Laarne"));
  return made;
}
const side = (page, title) => page.locator(`.side[aria-label^="${title}"]`);

test("two who wrote one cell offline see both wordings, who wrote them and when, and what differs", async (t) => {
  const { pages: [afi], devices: [one] } = await inConflict(t);
  await afi.click(".nav a:has-text('1 conflit à régler')");
  await afi.waitForSelector(".sides");
  const shown = side(afi, "Version affichée maintenant"), other = side(afi, "Autre version");
  assert.match(await shown.innerText(), /Jan, portable[^]*Rencontre des marchands de Laarne/);
  assert.match(await other.innerText(), /Afi, portable[^]*Rencontre des vendeuses du marché/);
  assert.match(await other.locator("time").innerText(), /\d\d:\d\d/);
  assert.match((await other.locator("ins, mark").allInnerTexts()).join(" "), /vendeuses/);
  await wholesome(afi);
  await everyLook(one, "conflicts", "conflicts", (page) => page.waitForSelector(".sides"));
});

test("the other wording is taken, taken back, and a third one written; each decision reaches the other device", async (t) => {
  const { devices, pages: [afi, jan] } = await inConflict(t);
  await visit(afi, "conflicts");
  await side(afi, "Autre version").getByText("Prendre celle-ci").click();
  await afi.waitForSelector("text=Aucun conflit");
  await until(async () => (await titles(devices))[0] === "Rencontre des vendeuses du marché");
  await afi.locator(".toasts").getByText("Annuler").click();
  await until(async () => (await titles(devices))[0] === "Rencontre des marchands de Laarne");
  await visit(afi, "conflicts/decided");
  await afi.getByText("Écrire une autre version").click();
  await afi.getByLabel("Votre version").fill("Rencontre au marché de Laarne");
  await afi.getByText("Garder ma version").click();
  await until(async () => (await titles(devices))[0] === "Rencontre au marché de Laarne");
  await syncNow(afi);
  await syncNow(jan);
  assert.ok(all(await titles(devices), "Rencontre au marché de Laarne"));
  await visit(jan, "conflicts");
  await jan.waitForSelector("text=Aucun conflit");
  await wholesome(jan);
});

test("who keeps what stands has settled it for both", async (t) => {
  const { devices, pages: [afi, jan] } = await inConflict(t);
  await visit(afi, "conflicts");
  await afi.getByText("Garder celle-ci").click();
  await afi.waitForSelector("text=Aucun conflit");
  await syncNow(afi);
  await syncNow(jan);
  assert.ok(all(await titles(devices), "Rencontre des marchands de Laarne"));
  for (const page of [afi, jan]) {
    await visit(page, "conflicts");
    await page.waitForSelector("text=Aucun conflit");
    await page.waitForSelector(".nav .count", { state: "detached" });
  }
});

test("a coach decides what the members left open", async (t) => {
  const { shared, devices, pages: [afi, , coach] } = await inConflict(t, ["Afi", "Jan", "Coach"]);
  await shared.ask("member", "role", "Coach", "Ouinhi-Laarne", "coach");
  await syncNow(coach);
  await visit(coach, "conflicts");
  await side(coach, "Autre version").getByText("Prendre celle-ci").click();
  await coach.waitForSelector("text=Aucun conflit");
  await syncNow(coach);
  await syncNow(afi);
  assert.equal((await titles(devices))[0], "Rencontre des vendeuses du marché");
  await visit(coach, `row/${(await devices[2].list("activity"))[0].id}`);
  assert.ok(await field(coach, "Activité").getAttribute("readonly") !== null);
});

test("an edit of what another deleted is kept, and somebody says whether it stays", async (t) => {
  const { devices, pages: [afi, jan], activity } = await together(t);
  await devices[1].cli("remove", String(activity));
  await write(afi, activity, "Activité", "Rencontre des vendeuses");
  for (const page of [afi, jan, afi]) await syncNow(page);
  await visit(afi, "conflicts");
  await afi.waitForSelector("text=/Jan, portable a supprimé cette fiche/");
  await afi.getByText("Garder la fiche").click();
  await afi.waitForSelector("text=Aucun conflit");
  await syncNow(afi);
  await syncNow(jan);
  assert.ok(all(await titles(devices), "Rencontre des vendeuses"));
});

test("a text in which two wrote at once asks in its place to be read again, until somebody has", async (t) => {
  const { devices, pages: [afi, jan], journey } = await together(t);
  const entry = await devices[0].add("journal_entry", { visit: journey, day: dayFromNow(0), learned: "Le marché est couvert." });
  await syncNow(afi);
  await syncNow(jan);
  await write(afi, entry, "Apprentissages spécifiques", "Le grand marché est couvert.");
  await write(jan, entry, "Apprentissages spécifiques", "Le marché est couvert et propre.");
  for (const page of [afi, jan, afi]) await syncNow(page);
  await visit(afi, "today");
  await afi.waitForSelector("text=Plusieurs personnes ont écrit ici");
  assert.equal(await afi.locator(".note textarea").inputValue(), "Le grand marché est couvert et propre.");
  await visit(afi, "conflicts");
  await afi.waitForSelector("text=À relire");
  await wholesome(afi);
  await visit(afi, "today");
  await afi.getByText("J’ai relu").click();
  await afi.waitForSelector("text=Plusieurs personnes ont écrit ici", { state: "detached" });
  await afi.reload();
  await afi.waitForSelector(".note textarea");
  assert.equal(await afi.locator(".mark").count(), 0);
});
