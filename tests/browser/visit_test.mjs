// What leads to a visit: the table of questions with its evolution, the programme, the terms of reference; and comments on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, box, device, everyLook, only, relay, sample, saved, settled, until, wholesome } from "./harness.mjs";

async function partners(t) {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const ouinhi = await one.add("organisation", { name: "Ouinhi", kind: "municipality" }), laarne = await one.add("organisation", { name: "Laarne", kind: "municipality" });
  await one.add("partnership", { north: laarne, south: ouinhi });
  return { one, ouinhi, laarne };
}
async function withQuestion(t) {
  const all = await partners(t);
  const question = await all.one.add("learning_question", { organisation: all.ouinhi, position: 1, wording: "Comment développer un site web ?" });
  const must = await all.one.add("sub_question", { question, position: 1, text: "Qui publie ?", priority: "must" });
  const nice = await all.one.add("sub_question", { question, position: 2, text: "Combien coûte-t-il ?", priority: "nice" });
  return { ...all, question, must, nice };
}
async function withVisit(t) {
  const all = await withQuestion(t);
  const visit = await all.one.add("visit", { guest: all.ouinhi, host: all.laarne, starts_on: "2025-03-10", ends_on: "2025-03-14", title: "Visite à Laarne" });
  return { ...all, visit };
}

test("a question with its obstacles and sub-questions is written and found again", async (t) => {
  const { one, ouinhi } = await partners(t);
  const page = await one.page(`questions/${ouinhi}`);
  await begin(page, "Ajouter une question");
  await page.keyboard.type("Comment écouter les commerçants ?");
  await saved(page);
  await begin(page, "Ajouter un obstacle");
  await page.keyboard.type("Peu de dialogue");
  await begin(page, "Ajouter une sous-question");
  await page.keyboard.type("Qui les réunit ?");
  await page.getByText("Indispensable").click();
  await begin(page, "Ajouter ce qui a été appliqué");
  await page.keyboard.type("Un conseil consultatif");
  await saved(page);
  await page.reload();
  await page.waitForSelector(".with-priority");
  await until(async () => (await page.locator(".question textarea").evaluateAll((all) => all.map(({ value }) => value))).includes("Peu de dialogue"));
  assert.equal((await only(one, "sub_question")).priority, "must");
  assert.equal((await only(one, "applied")).text, "Un conseil consultatif");
  assert.equal((await only(one, "learning_question")).organisation, ouinhi);
  await wholesome(page);
});

test("a wording that is kept puts the one before into the evolution, with the reason, and can be taken back", async (t) => {
  const { one, ouinhi } = await withQuestion(t);
  const page = await one.page(`questions/${ouinhi}`);
  await page.locator(".question-wording textarea").fill("Comment faire vivre un site web ?");
  await page.waitForSelector("text=La formulation a changé.");
  await box(page, "Raison du changement").fill("Le site existe déjà");
  await page.getByRole("button", { name: "Garder cette formulation" }).click();
  const kept = await only(one, "wording");
  assert.deepEqual([kept.text, kept.reason], ["Comment développer un site web ?", "Le site existe déjà"]);
  await page.waitForSelector(".keep", { state: "detached" });
  await page.getByRole("button", { name: /Évolution/ }).click();
  assert.equal(await page.locator(".evolution del").first().textContent(), "développer");
  assert.equal(await page.locator(".evolution ins").first().textContent(), "faire vivre");
  await page.waitForSelector("text=Le site existe déjà");
  await page.click(".toast >> text=Annuler"); // which stands for eight seconds
  await until(async () => (await one.list("wording")).length === 0);
});

test("a wording that a colleague changed before is offered to be kept, and each saved step is shown on demand", async (t) => {
  const { one, ouinhi, question } = await withQuestion(t);
  const page = await one.page(`questions/${ouinhi}`);
  await page.locator(".question-wording textarea").fill("Comment tenir un site web à jour ?");
  await page.getByRole("button", { name: "Garder cette formulation" }).click();
  await only(one, "wording");
  await page.waitForSelector(".keep", { state: "detached" });
  await page.getByRole("button", { name: /Évolution/ }).click();
  await page.click("text=Montrer chaque étape enregistrée");
  await page.waitForSelector(".version.standing >> text=tenir");
  await wholesome(page);
  assert.equal((await one.list("learning_question"))[0].id, question);
});

test("a comment is written beside a row without sending it, and settled with a tick", async (t) => {
  const { one, ouinhi, must } = await withQuestion(t);
  const page = await one.page(`questions/${ouinhi}`);
  await page.click(`[data-row="${must}"] .talk`);
  await until(() => page.evaluate(() => document.activeElement.matches(".dialog textarea")));
  await page.keyboard.type("Demandons-le au service communication.");
  await until(async () => (await one.list("comment"))[0]?.text === "Demandons-le au service communication.");
  assert.equal((await only(one, "comment")).about, must);
  await page.waitForSelector(".comment .tick");
  await wholesome(page);
  await page.check(".comment .tick input");
  await until(async () => (await one.list("comment"))[0].settled === 1);
  await page.keyboard.press("Escape");
  assert.ok(await page.evaluate((id) => document.activeElement.closest(`[data-row="${id}"]`) !== null, must));
});

test("a first visit is five days from a Monday, the southern municipality being the guest; who moves its first day moves its last", async (t) => {
  const { one, ouinhi, laarne } = await partners(t);
  const page = await one.page("programme");
  await page.click("text=Nouvelle visite");
  const visit = await only(one, "visit");
  assert.deepEqual([visit.guest, visit.host], [ouinhi, laarne]);
  assert.equal(new Date(visit.starts_on).getUTCDay(), 1);
  assert.equal(new Date(visit.ends_on) - new Date(visit.starts_on), 4 * 86_400_000);
  await page.getByLabel("Premier jour").fill("2025-03-10");
  await until(async () => (await only(one, "visit")).ends_on === "2025-03-14");
  await page.waitForSelector("text=lundi 10 mars 2025");
});

test("the programme is filled in, and at once tells which sub-questions nothing serves, must-haves first", async (t) => {
  const { one, visit, must } = await withVisit(t);
  const page = await one.page(`programme/${visit}`);
  await until(async () => (await page.locator(".unserved li b").allTextContents()).join() === "1.1,1.2");
  await page.waitForSelector("text=2 à placer, dont 1 indispensable");
  await begin(page.locator(".programme-day").nth(1), "Ajouter une activité");
  await page.keyboard.type("Service communication");
  await page.getByLabel("Heure de début").fill("09:30");
  await box(page, "Lieu").fill("Maison communale");
  await saved(page);
  await page.getByRole("checkbox", { name: /Qui publie/ }).first().click();
  await page.waitForSelector("text=1 à placer");
  const activity = await only(one, "activity"), link = await only(one, "activity_sub_question");
  assert.deepEqual([activity.day, activity.starts_at, activity.place], ["2025-03-11", "09:30", "Maison communale"]);
  assert.deepEqual([link.activity, link.sub_question], [activity.id, must]);
  await page.getByLabel("Placer « Combien coûte-t-il ? » dans une activité").selectOption({ index: 1 });
  await page.waitForSelector("text=Chaque sous-question a son activité.");
  await page.reload();
  await until(async () => (await page.locator(".cross input:checked").count()) === 2);
  await wholesome(page);
});

test("activities that a moved visit left behind are brought into it, each to its day", async (t) => {
  const { one, visit } = await withVisit(t);
  for (const [title, day] of [["Accueil", "2025-03-03"], ["Bilan", "2025-03-07"]]) await one.add("activity", { visit, title, day });
  const page = await one.page(`programme/${visit}`);
  await page.click("text=Les ramener dans la visite");
  await until(async () => (await one.list("activity")).map(({ day }) => day).sort().join() === "2025-03-10,2025-03-14");
  await page.waitForSelector("text=Hors des dates", { state: "detached" });
});

test("terms of reference are written, validated, signed, and both steps go back", async (t) => {
  const { one, visit, must } = await withVisit(t);
  const page = await one.page(`terms/${visit}`);
  await page.click("text=Commencer les termes de référence");
  await begin(page, "Ajouter un objectif");
  await page.keyboard.type("Savoir qui publie");
  await saved(page);
  await page.getByRole("checkbox", { name: /Qui publie/ }).click();
  await box(page, "Question centrale").fill("Qui décide ?");
  await page.getByLabel("Nom du membre de la délégation").fill("Afi Dossou");
  await page.keyboard.press("Enter");
  await until(async () => (await one.list("delegate"))[0]?.name === "Afi Dossou");
  await box(page, "Validé par").fill("Afi Dossou");
  await page.keyboard.press("Enter");
  await box(page, "Signé par").fill("Annelies De Smet");
  await page.keyboard.press("Enter");
  const terms = async () => (await one.list("terms"))[0];
  await until(async () => (await terms()).state === "signed");
  assert.deepEqual([(await terms()).validated_by, (await terms()).signed_by], ["Afi Dossou", "Annelies De Smet"]);
  assert.equal((await only(one, "objective_sub_question")).sub_question, must);
  assert.equal((await only(one, "terms_day")).day, "2025-03-10");
  await page.reload();
  await settled(page);
  await page.click("text=Retirer la signature");
  await until(async () => (await terms()).state === "validated");
  await page.click("text=Retirer la validation");
  await until(async () => (await terms()).state === "draft" && (await terms()).validated_by === null);
  await wholesome(page);
});

test("questions, programme, terms and comments are fit for everybody's eyes and hands", async (t) => {
  const { one } = await sample(t);
  await everyLook(one, "questions", "questions", async (each) => { await each.getByRole("button", { name: /Évolution/ }).first().click(); });
  await everyLook(one, "programme", "programme", async (each) => { await each.locator(".activity-head").nth(1).click(); });
  await everyLook(one, "terms", "terms", (each) => each.waitForSelector(".agreement"));
  await everyLook(one, "questions", "comments", async (each) => { await each.locator(".talk.some").first().click(); });
});
