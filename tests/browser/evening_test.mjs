// A whole day of somebody who never saw the pages, and an evening whose relay is away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dayFromNow, device, enrol, relay, saved, syncNow, until, visit, wholesome } from "./harness.mjs";

const field = (within, label) => within.getByRole("textbox", { name: label, exact: true }).first();

// Counts what a person does: each click or touch, each field that is gone to and typed in. Nothing else is used.
function hands(page) {
  const done = { steps: 0, letters: 0 };
  return Object.assign(done, {
    click: async (what) => { ++done.steps; await (typeof what === "string" ? page.click(what) : what.click()); },
    write: async (what, text) => { ++done.steps; done.letters += text.length; await what.click(); await page.keyboard.insertText(text); },
  });
}

const heard = [
  { questions: "Qui invite les commerçants ?", learned: "Le conseil se réunit chaque trimestre.", applicable: "Un conseil du marché.", missing: "Son coût.", score: "Grand progrès" },
  { questions: "Qui publie sur le site ?", learned: "Chaque service publie, un agent relit.", applicable: "Former deux agents.", missing: "Le temps que cela prend.", score: "Un peu" },
  { questions: "Comment vend-il sans intermédiaire ?", learned: "Trois matins par semaine, à la ferme.", applicable: "Un marché des productrices.", missing: "Les règles d’hygiène.", score: "Révélation" },
];
const labels = { questions: "Questions et sous-questions", learned: "Apprentissages spécifiques", applicable: "Apprentissages applicables", missing: "Ce qui manque encore" };
const review = [["Quelque chose d’inattendu", "Le bourgmestre est venu à vélo."], ["Ce qui a le plus contribué", "Parler avec les commerçants."],
  ["Difficultés ou défis", "La langue."], ["Ce que cela signifie pour vous et votre commune, et ce qui est applicable", "Écouter d’abord."]];
const of_objectives = ["On écoute avant de décider.", "Un site tient par ceux qui publient."];

async function note(hand, body, activity) {
  for (const [column, label] of Object.entries(labels)) await hand.write(field(body, label), activity[column]);
}
async function evening(hand, page) {
  for (const [question, answer] of review) await hand.write(field(page, question), answer);
}

const letters_a_minute = 150, seconds_a_step = 3;
const minutes = ({ steps, letters }) => letters / letters_a_minute + (steps * seconds_a_step) / 60;

// The questions of the evening; it was little work; and all of it is there when the page is opened anew.
async function endsItsDay(t, hand, page) {
  await evening(hand, page);
  await saved(page);
  const work = `${hand.steps} steps, ${hand.letters} letters: ${minutes(hand).toFixed(1)} minutes`;
  assert.ok(hand.steps <= 25 && minutes(hand) < 5, work);
  t.diagnostic(work);
  await page.reload();
  await page.waitForSelector(".activity-head");
  assert.equal(await page.locator(".activity-state.written").count(), 3);
}

for (const [look, options] of [["a desk", {}], ["a phone", { viewport: { width: 360, height: 740 } }]]) {
  test(`somebody who never saw it fills in a day of three activities in the sample, on ${look} in 25 steps`, async (t) => {
    const page = await (await device(t)).page("", options);
    const hand = hands(page);
    await hand.click("text=Essayer avec un exemple");
    await page.waitForSelector(".activity-head");
    const activities = page.locator(".activity");
    assert.equal(await activities.count(), 3);
    for (const [index, activity] of heard.entries()) {
      const body = activities.nth(index);
      if (await body.locator(".activity-head").getAttribute("aria-expanded") === "false") await hand.click(body.locator(".activity-head"));
      await hand.click(body.getByText(activity.score).first());
      await note(hand, body, activity);
    }
    for (const [index, answer] of of_objectives.entries()) await hand.write(page.locator(".by-objective textarea").nth(index), answer);
    await endsItsDay(t, hand, page);
    assert.equal(await field(page, "Quelque chose d’inattendu").inputValue(), "Le bourgmestre est venu à vélo.");
    await wholesome(page);
  });

  test(`somebody with an invite to an empty space does so on ${look} in 25 steps`, async (t) => {
    const shared = await relay(t);
    const one = await device(t), page = await one.page("", options);
    const hand = hands(page);
    await page.fill("#invite", await shared.invite("Afi")); // pasted
    await hand.click("#invite");
    await hand.click("text=Ouvrir mon carnet");
    await hand.click("text=Une visite commence ce jour-là");
    for (const [index, activity] of heard.entries()) {
      await hand.click("text=+ Ajouter une activité");
      const body = page.locator(".activity").nth(index);
      await until(() => page.evaluate(() => document.activeElement?.matches(".activity input, .activity textarea")));
      hand.letters += 10;
      await page.keyboard.type(`Activité ${index + 1}`);
      await note(hand, body, activity);
    }
    await endsItsDay(t, hand, page);
    assert.equal((await one.list("journal_entry")).length, 3);
    await wholesome(page);
  });
}

test("an evening without the relay is kept and told in plain words, and comes to a colleague's open page when the relay is back", async (t) => {
  const shared = await relay(t);
  await shared.serve();
  const one = await device(t), two = await device(t);
  const afi = await one.page(), jan = await two.page();
  await enrol(afi, await shared.invite("Afi, portable"));
  await enrol(jan, await shared.invite("Jan, portable"));
  const journey = await one.add("visit", { starts_on: dayFromNow(0), title: "Visite à Laarne" });
  for (const position of [1, 2, 3]) await one.add("activity", { visit: journey, day: dayFromNow(0), position, title: `Rencontre ${position}` });
  await syncNow(afi);
  await syncNow(jan);
  await visit(jan, "today");
  await jan.waitForSelector("text=Rencontre 3");

  await shared.stop();
  await visit(afi, "today");
  for (const [index, { learned }] of heard.entries()) {
    const body = afi.locator(".activity").nth(index);
    if (index > 0) await body.locator(".activity-head").click();
    await field(body, "Apprentissages spécifiques").fill(learned);
  }
  for (const [question, answer] of review) await field(afi, question).fill(answer);
  await saved(afi);
  await syncNow(afi, "Rien n’est perdu");
  const told = await afi.locator(".sync-now [role=status]").innerText();
  assert.match(told, /le relais.*est hors d'atteinte.*vérifiez que cette machine a une connexion/);
  await afi.waitForSelector("text=/En attente ici[^]*4 fiches/");
  await afi.reload();
  await afi.waitForSelector("text=hors d'atteinte");
  await wholesome(afi);

  await shared.serve();
  await syncNow(afi);
  await afi.waitForSelector("text=Rien n’attend : tout est envoyé.");
  await two.cli("sync");
  for (const [index, { learned }] of heard.entries()) {
    const head = jan.locator(".activity").nth(index).locator(".activity-head");
    await head.locator("text=Noté").waitFor();
    if (await head.getAttribute("aria-expanded") === "false") await head.click();
    await until(async () => (await field(jan.locator(".activity").nth(index), "Apprentissages spécifiques").inputValue()) === learned);
  }
  for (const [question, answer] of review) await until(async () => (await field(jan, question).inputValue()) === answer);
  await wholesome(jan);
});
