// The day, as somebody fills it in: nothing is saved by hand, and nothing that was written is ever lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dayFromNow, device, everyLook, relay, saved, until, wholesome } from "./harness.mjs";

// A device in the middle of a visit, with two activities today, one of which serves a sub-question with an objective.
async function onVisit(t) {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const day = dayFromNow(0);
  const ouinhi = await one.add("organisation", { name: "Ouinhi", kind: "municipality" }), laarne = await one.add("organisation", { name: "Laarne", kind: "municipality" });
  await one.add("partnership", { north: laarne, south: ouinhi, theme: "Économie locale" });
  const question = await one.add("learning_question", { organisation: ouinhi, wording: "Comment soutenir les acteurs économiques ?" });
  const sub = await one.add("sub_question", { question, text: "Comment connaître leurs besoins ?", priority: "must" });
  const visit = await one.add("visit", { guest: ouinhi, host: laarne, starts_on: dayFromNow(-1), ends_on: dayFromNow(3), title: "Visite à Laarne" });
  const terms = await one.add("terms", { visit });
  await one.add("objective", { terms, question, text: "Comprendre comment Laarne écoute ses commerçants" });
  const council = await one.add("activity", { visit, day, position: 2, starts_at: "11:00", title: "Conseil consultatif" });
  await one.add("activity", { visit, day, position: 1, starts_at: "09:00", title: "Accueil", place: "Maison communale" });
  await one.add("activity_sub_question", { activity: council, sub_question: sub });
  return { one, day, visit, council };
}
const entry = async (one) => (await one.list("journal_entry"))[0];
const field = (within, label) => within.getByRole("textbox", { name: label, exact: true }).first();

test("an evening is noted without saving, and is there again when the page is opened anew", async (t) => {
  const { one, day, council } = await onVisit(t);
  const page = await one.page();
  await page.click("text=Conseil consultatif");
  const body = page.locator(`[data-row="${council}"]`);
  await field(body, "Apprentissages spécifiques").fill("Le conseil se réunit chaque trimestre.");
  await body.getByText("Grand progrès").click();
  await field(page, "Quelque chose d’inattendu").fill("Le bourgmestre est venu à vélo.");
  await field(page, "Comprendre comment Laarne écoute ses commerçants").fill("Laarne écoute d’abord.");
  await until(async () => (await one.list("visit_day")).length === 1 && (await one.list("objective_day"))[0]?.learned === "Laarne écoute d’abord.");
  await saved(page);
  assert.deepEqual((({ learned, activity, day: of }) => ({ learned, activity, of }))(await entry(one)), { learned: "Le conseil se réunit chaque trimestre.", activity: council, of: day });
  assert.equal((await one.list("progress"))[0].score, 2);
  await page.reload();
  await page.click("text=Conseil consultatif");
  assert.equal(await field(body, "Apprentissages spécifiques").inputValue(), "Le conseil se réunit chaque trimestre.");
  assert.ok(await body.getByRole("radio", { name: /Grand progrès/ }).isChecked());
  await wholesome(page);
});

test("a field that becomes a row while somebody types in it keeps the focus and every letter", async (t) => {
  const { one } = await onVisit(t);
  const page = await one.page();
  await field(page, "Apprentissages spécifiques").click();
  for (const word of ["Le ", "marché ", "est ", "couvert."]) {
    await page.keyboard.type(word);
    await saved(page);
  }
  assert.equal((await one.list("journal_entry")).length, 1);
  assert.equal((await entry(one)).learned, "Le marché est couvert.");
});

test("a press that ends the writing on a phone reaches what it began on, though the note's button comes back under it", async (t) => {
  const { one } = await onVisit(t);
  const page = await one.page("", { viewport: { width: 360, height: 740 } });
  await field(page, "Ce qui manque encore").click();
  const head = page.locator(".activity-head").nth(1), note = page.locator(".quick");
  const { x, width } = await head.boundingBox();
  await note.waitFor({ state: "hidden" });
  await head.evaluate((element) => scrollBy(0, element.getBoundingClientRect().bottom - innerHeight + 90)); // where the button will be
  await page.mouse.move(x + width * 0.75, 640);
  await page.mouse.down();
  await note.waitFor({ state: "visible" });
  await page.mouse.up();
  await until(async () => (await head.getAttribute("aria-expanded")) === "true");
  assert.equal(await page.locator("[role=dialog]").count(), 0);
});

test("a note is two taps away from anywhere and stands among the notes of the day", async (t) => {
  const { one, day, visit } = await onVisit(t);
  const page = await one.page("tools");
  await page.click("text=Note rapide");
  await page.keyboard.type("Le hangar est partagé.");
  await page.click("text=Terminé");
  await until(async () => (await entry(one))?.learned === "Le hangar est partagé.");
  assert.equal((await entry(one)).visit, visit);
  assert.equal((await entry(one)).day, day);
  await page.click("text=Aujourd’hui");
  await until(async () => (await page.locator(".note textarea").inputValue()) === "Le hangar est partagé.");
});

test("kill -9 of the server while somebody types: the page goes on, and all of it is saved when the server is back", async (t) => {
  const { one } = await onVisit(t);
  const page = await one.page();
  await field(page, "Apprentissages spécifiques").click();
  await page.keyboard.type("Le conseil ");
  await saved(page);
  await page.keyboard.type("se réu");
  await one.kill();
  await page.keyboard.type("nit souvent.");
  await page.waitForSelector(".save-state.local");
  await page.waitForSelector("text=rien ne se perd");
  await one.serve();
  await until(async () => (await entry(one))?.learned === "Le conseil se réunit souvent.");
  await saved(page);
  assert.equal((await one.list("journal_entry")).length, 1);
});

const sudden = [
  ["a power cut", "cut", "Le conseil consultatif se réunit chaque trimestre, et les commerçants y viennent volontiers parce qu’on les écoute."],
  ["a kill of the browser alone", "crash", "Chaque service a une personne de contact pour les commerçants, et son nom est affiché à l’entrée."],
];
for (const [what, end, typed] of sudden) {
  test(`${what} in the middle of a word takes less than a second of typing, and the page shows the rest when it is opened again`, async (t) => {
    const { one } = await onVisit(t);
    const computer = await one.computer();
    await field(computer.page, "Apprentissages spécifiques").click();
    const begun = Date.now();
    for (const letter of typed) await computer.page.keyboard.type(letter, { delay: 20 });
    const letters_a_second = typed.length / ((Date.now() - begun) / 1000);
    await computer[end]();
    await computer.start();
    await until(async () => (await entry(one)) !== undefined);
    const { learned } = await entry(one);
    assert.ok(typed.startsWith(learned), learned);
    assert.ok(typed.length - learned.length <= letters_a_second, `${typed.length - learned.length} letters of ${letters_a_second} a second`);
    const shown = async () => (await field(computer.page, "Apprentissages spécifiques").inputValue()) === (await entry(one)).learned; // the page may have kept more, which it saves now
    await until(async () => (await shown()) || (await computer.page.click(".activity-head >> nth=0"), false));
  });
}

test("a server that is killed again and again while somebody types gets all of it, once and in order", async (t) => {
  const seed = Number(process.env.CARNET_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`CARNET_SEED=${seed}`);
  let state = seed;
  const below = (n) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
  const { one } = await onVisit(t);
  const page = await one.page();
  await field(page, "Apprentissages spécifiques").click();
  const sentence = "Le conseil consultatif se réunit chaque trimestre, et les commerçants y viennent volontiers. ";
  for (let part = 0; part < 4; ++part) {
    const at = below(sentence.length - 20);
    await page.keyboard.type(sentence.slice(0, at), { delay: below(30) });
    await one.kill();
    await page.keyboard.type(sentence.slice(at, at + 20), { delay: below(30) });
    await one.serve();
    await page.keyboard.type(sentence.slice(at + 20), { delay: below(30) });
  }
  await until(async () => (await entry(one))?.learned === sentence.repeat(4));
  assert.equal((await one.list("journal_entry")).length, 1);
  await page.reload();
  await page.waitForSelector("text=Noté");
  await saved(page);
});

test("a page that is closed while the server is away gives what was typed when it is opened again", async (t) => {
  const { one } = await onVisit(t);
  const page = await one.page();
  await field(page, "Apprentissages spécifiques").click();
  await one.kill();
  await page.keyboard.type("Mots d’avant la coupure");
  await page.waitForSelector(".save-state.local");
  const context = page.context();
  await page.close({ runBeforeUnload: false });
  await one.serve();
  const again = await context.newPage();
  await again.goto(one.address);
  await until(async () => (await entry(one))?.learned === "Mots d’avant la coupure");
  await until(async () => (await field(again, "Apprentissages spécifiques").inputValue()) === "Mots d’avant la coupure" || (await again.click("text=Accueil"), false));
});

test("a colleague's words come into the open field, and the caret stays with its words", async (t) => {
  const shared = await relay(t);
  await shared.serve();
  const one = await device(t, await shared.invite("Afi")), two = await device(t, await shared.invite("Jan"));
  await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  const visit = await one.add("visit", { starts_on: dayFromNow(0) });
  const row = await one.add("journal_entry", { visit, day: dayFromNow(0), learned: "Un marché couvert." });
  await one.cli("sync");
  await two.cli("sync");
  const page = await one.page();
  const note = page.locator(".note textarea");
  await note.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Il est grand.");
  await saved(page);
  await two.cli("edit", String(row), "learned=Tout un marché couvert.");
  await two.cli("sync");
  await one.cli("sync");
  await until(async () => (await note.inputValue()) === "Tout un marché couvert. Il est grand.");
  await page.keyboard.type(" Et beau.");
  await until(async () => (await entry(one)).learned === "Tout un marché couvert. Il est grand. Et beau.");
});

test("what is deleted comes back by one touch", async (t) => {
  const { one, day, visit } = await onVisit(t);
  await one.add("journal_entry", { visit, day, learned: "À garder" });
  const page = await one.page();
  await page.click('.note [aria-label^="Supprimer"]');
  await until(async () => (await one.list("journal_entry")).length === 0);
  await page.click("text=Annuler");
  await until(async () => (await entry(one))?.learned === "À garder");
  await page.waitForSelector(".note textarea");
});

test("a day without a visit says where the visits are, and keeps notes with the partnership", async (t) => {
  const { one } = await onVisit(t);
  const page = await one.page(`today/${dayFromNow(30)}`);
  await page.waitForSelector("text=Dernière visite : Visite à Laarne");
  await wholesome(page);
});

test("the day is fit for everybody's eyes and hands", async (t) => {
  const { one } = await onVisit(t);
  await everyLook(one, "today", "today", (page) => page.click("text=Conseil consultatif"));
  await everyLook(one, `today/${dayFromNow(30)}`, "workday");
  await everyLook(one, "tools", "note", async (page) => { await page.click("text=Note rapide"); await page.waitForSelector("[role=dialog] textarea"); });
});
