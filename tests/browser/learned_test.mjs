// What comes of a visit: both journals, the action plan, expertise, exchanges, the overview. Each is filled in as people do, and found again
// on a page that is opened anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, box, device, only, relay, saved, settled, until, wholesome } from "./harness.mjs";

// A device on which a visit of five days is prepared, with an activity that serves a sub-question of an objective.
async function onVisit(t) {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const ouinhi = await one.add("organisation", { name: "Ouinhi", kind: "municipality" }), laarne = await one.add("organisation", { name: "Laarne", kind: "municipality" });
  const question = await one.add("learning_question", { organisation: ouinhi, wording: "Comment soutenir les acteurs économiques ?" });
  const sub = await one.add("sub_question", { question, text: "Comment connaître leurs besoins ?", priority: "must" });
  const visit = await one.add("visit", { guest: ouinhi, host: laarne, starts_on: "2025-03-10", ends_on: "2025-03-14", title: "Visite à Laarne" });
  const objective = await one.add("objective", { terms: await one.add("terms", { visit }), question, text: "Savoir comment Laarne écoute" });
  const activity = await one.add("activity", { visit, day: "2025-03-11", starts_at: "09:00", title: "Conseil consultatif" });
  await one.add("activity_sub_question", { activity, sub_question: sub });
  return { one, ouinhi, laarne, question, sub, visit, objective, activity };
}

test("what was noted about an activity reads as a book, is found by a word, corrected, and tied to a sub-question", async (t) => {
  const { one, visit, activity, sub } = await onVisit(t);
  const page = await one.page(`journal/${visit}`);
  await page.click("text=Écrire ce jour");
  await page.waitForSelector("text=Lundi 10 mars 2025");
  await page.click("text=mar. 11");
  await page.waitForSelector("text=Mardi 11 mars 2025");
  await settled(page); // its title takes the focus once
  await box(page, "Apprentissages spécifiques").fill("Le conseil se réunit chaque trimestre.");
  await box(page, "Ce qui manque encore").fill("Qui paie les réunions ?");
  await saved(page);
  await page.goto(page.url().replace(/#.*/, `#/journal/${visit}`));
  await page.getByLabel("Filtrer par mot").fill("reunions");
  await page.waitForSelector(".journal-entry >> text=Qui paie les réunions ?");
  await page.getByLabel("Filtrer par mot").fill("vélo");
  await page.waitForSelector("text=Aucune note ne contient ces mots.");
  await page.getByLabel("Filtrer par mot").fill("");
  await page.click("text=Modifier");
  await box(page, "Apprentissages applicables").fill("Réunir nos commerçants chaque trimestre.");
  await page.getByRole("checkbox", { name: /Comment connaître leurs besoins/ }).click();
  await page.click("text=Fermer");
  await saved(page);
  const entry = await only(one, "journal_entry"), link = await only(one, "entry_sub_question");
  assert.deepEqual([entry.activity, entry.day, entry.applicable, link.entry, link.sub_question], [activity, "2025-03-11", "Réunir nos commerçants chaque trimestre.", entry.id, sub]);
  await page.reload();
  await page.waitForSelector(".journal-entry >> text=Réunir nos commerçants chaque trimestre.");
  await wholesome(page);
});

test("an entry that is deleted in the journal comes back by one touch", async (t) => {
  const { one, visit, activity } = await onVisit(t);
  await one.add("journal_entry", { visit, activity, day: "2025-03-11", learned: "À garder" });
  const page = await one.page(`journal/${visit}`);
  await page.click("text=Modifier");
  await settled(page); // sub-questions come above what is touched next
  await page.click("text=Supprimer");
  await page.waitForSelector("text=Rien n’a encore été noté");
  await page.click("text=Annuler");
  await page.waitForSelector(".journal-entry");
  assert.equal((await only(one, "journal_entry")).learned, "À garder");
});

test("progress is scored in the grid, drawn from day to day, and the five questions of a day are answered", async (t) => {
  const { one, visit, objective, sub } = await onVisit(t);
  const page = await one.page(`progress/${visit}`);
  await page.getByLabel("Comment connaître leurs besoins ?, 10 mars 2025").selectOption("1");
  await page.getByLabel("Comment connaître leurs besoins ?, 11 mars 2025").selectOption("3");
  await page.waitForSelector('.progress-chart title:text("Savoir comment Laarne écoute, 11 mars 2025 : 3")', { state: "attached" });
  await page.click(".segments >> text=mer. 12");
  const answers = { "Savoir comment Laarne écoute": "Laarne écoute d’abord.", "Quelque chose d’inattendu": "Un vélo", "Ce qui a le plus contribué": "Le marché", "Difficultés ou défis": "La langue", "Ce que cela signifie": "Un cahier" };
  for (const [label, text] of Object.entries(answers)) await box(page, label).fill(text);
  await saved(page);
  const day = await only(one, "visit_day"), learned = await only(one, "objective_day");
  assert.deepEqual([day.day, day.unexpected, day.contributed, day.difficulties, day.meaning], ["2025-03-12", "Un vélo", "Le marché", "La langue", "Un cahier"]);
  assert.deepEqual([learned.objective, learned.day, learned.learned], [objective, "2025-03-12", "Laarne écoute d’abord."]);
  const scores = (await one.list("progress")).sort((a, b) => a.score - b.score);
  assert.deepEqual(scores.map(({ score, day: of, sub_question }) => [score, of, sub_question]), [[1, "2025-03-10", sub], [3, "2025-03-11", sub]]);
  await page.reload();
  await page.click(".segments >> text=mer. 12");
  await until(async () => (await box(page, "Difficultés ou défis").inputValue()) === "La langue");
  assert.equal(await page.getByLabel("Comment connaître leurs besoins ?, 11 mars 2025").inputValue(), "3");
  await wholesome(page);
});

test("an action plan is begun, its actions have a status, a time and a budget, and stand in the calendar", async (t) => {
  const { one, ouinhi } = await onVisit(t);
  const page = await one.page("plan");
  await page.click("text=Commencer un plan d’action");
  await settled(page);
  assert.ok(await page.getByRole("button", { name: "Ajouter une action" }).isDisabled()); // a plan begins with its objective
  await box(page, "Objectif").fill("D’ici 2030, la commune de Ouinhi est à l’écoute.");
  await page.getByRole("combobox", { name: "Commune", exact: true }).fill("Oui");
  await page.getByRole("option", { name: "Ouinhi" }).first().click();
  await begin(page, "Ajouter un objectif");
  await page.keyboard.type("Un cahier du marché");
  await begin(page, "Ajouter une action");
  await page.keyboard.type("Ouvrir le cahier");
  await saved(page);
  await box(page, "Responsable").fill("Afi Dossou");
  await page.getByText("En cours", { exact: true }).click();
  await page.click("text=Détails");
  await page.getByLabel("Début").fill("2025-04-01");
  await page.getByLabel("Fin").fill("2025-05-31");
  await box(page, "Budget").fill("250 000");
  await page.getByText("Franc CFA", { exact: true }).click();
  await page.waitForSelector('.timeline .bar-under_way title:text("Ouvrir le cahier : du 1 avr. 2025 au 31 mai 2025, En cours")', { state: "attached" });
  await page.waitForSelector("text=/Budget total 250.000 Franc CFA/");
  await saved(page);
  const plan = await only(one, "action_plan"), goal = await only(one, "plan_goal"), action = await only(one, "plan_action");
  assert.deepEqual([plan.organisation, goal.text, goal.action_plan], [ouinhi, "Un cahier du marché", plan.id]);
  assert.deepEqual([action.text, action.responsible, action.status, action.starts_on, action.ends_on, action.budget, action.currency], ["Ouvrir le cahier", "Afi Dossou", "under_way", "2025-04-01", "2025-05-31", 250000, "XOF"]);
  await page.goto(page.url().replace(/#.*/, "#/plan"));
  await page.reload();
  await page.getByRole("link", { name: /D’ici 2030/ }).click();
  await until(async () => (await box(page, "Responsable").inputValue()) === "Afi Dossou");
  await wholesome(page);
});

test("an expertise is asked for, another is offered, and who answers is told", async (t) => {
  const { one, ouinhi, laarne } = await onVisit(t);
  const page = await one.page("expertise");
  await begin(page, "Demander une expertise");
  await page.keyboard.type("Tenir un site web");
  await page.getByRole("combobox", { name: "Commune", exact: true }).fill("Oui");
  await page.getByRole("option", { name: "Ouinhi" }).first().click();
  await page.getByText("Convenue").first().click();
  await page.getByRole("combobox", { name: "Réponse apportée par" }).fill("Laa");
  await page.getByRole("option", { name: "Laarne" }).first().click();
  await saved(page);
  await begin(page, "Offrir une expertise");
  await page.keyboard.type("Évaluer avec les habitants");
  await saved(page);
  await until(async () => (await one.list("expertise")).length === 2);
  const [asked, offered] = (await one.list("expertise")).sort((a, b) => a.direction.localeCompare(b.direction));
  assert.deepEqual([asked.subject, asked.organisation, asked.state, asked.answered_by], ["Tenir un site web", ouinhi, "agreed", laarne]);
  assert.deepEqual([offered.subject, offered.direction, offered.state], ["Évaluer avec les habitants", "offered", "open"]);
  await page.reload();
  await until(async () => (await box(page, "Sujet").inputValue()) === "Tenir un site web");
  await wholesome(page);
});

test("an exchange has its participants, report and decisions, and a remark beside it that is settled", async (t) => {
  const { one } = await onVisit(t);
  const page = await one.page("exchanges");
  await page.click("text=Noter un échange");
  await settled(page);
  await begin(page, "Ajouter un participant"); // before anything else of it
  await box(page.locator(".participant"), "Nom").fill("Annelies De Smet");
  await box(page, "Sujet").fill("Préparer la visite");
  await page.getByText("Rencontre bilatérale").click();
  await page.getByLabel("Date").fill("2025-02-03");
  await box(page, "Compte rendu").fill("Les deux communes ont relu les questions.");
  await box(page, "Décisions").fill("La visite a lieu en mars.");
  await saved(page);
  const exchange = await only(one, "exchange"), participant = await only(one, "participant");
  assert.deepEqual([exchange.subject, exchange.kind, exchange.held_on, exchange.report, exchange.decisions],
    ["Préparer la visite", "bilateral", "2025-02-03", "Les deux communes ont relu les questions.", "La visite a lieu en mars."]);
  assert.deepEqual([participant.exchange, participant.name], [exchange.id, "Annelies De Smet"]);
  await page.locator(".sheet-head .talk").click();
  await until(() => page.evaluate(() => document.activeElement.matches(".dialog textarea")));
  await page.keyboard.type("Prévoir un interprète");
  await until(async () => (await one.list("comment"))[0]?.text === "Prévoir un interprète");
  await page.getByLabel("Réglé").check();
  await until(async () => (await one.list("comment"))[0].settled === 1);
  await page.keyboard.press("Escape");
  await page.goto(page.url().replace(/#.*/, "#/exchanges"));
  await page.reload();
  await page.waitForSelector("text=/3 févr. 2025 · Rencontre bilatérale · décisions prises/");
  await page.click("text=Préparer la visite");
  await until(async () => (await box(page, "Compte rendu").inputValue()) === exchange.report);
  await wholesome(page);
});

test("the overview sets the first wording, the wording of now and what was applied side by side, for every municipality", async (t) => {
  const { one, ouinhi, laarne, question } = await onVisit(t);
  await one.add("learning_question", { organisation: laarne, wording: "Hoe organiseren we evaluaties?" });
  const page = await one.page(`questions/${ouinhi}`);
  await page.locator(".question-wording textarea").fill("Comment écouter les acteurs économiques ?");
  await page.getByRole("button", { name: "Garder cette formulation" }).click();
  await page.waitForSelector(".keep", { state: "detached" }); // what stands below moves up
  await begin(page, "Ajouter ce qui a été appliqué");
  await page.keyboard.type("Un cahier du marché");
  await saved(page);
  assert.equal((await only(one, "wording")).question, question);
  await page.goto(page.url().replace(/#.*/, "#/overview"));
  await page.reload();
  await page.waitForSelector("text=Un cahier du marché");
  assert.deepEqual(await page.locator("h2").allTextContents(), ["Laarne", "Ouinhi"]);
  const row = page.locator("section").last();
  await row.locator("text=Comment soutenir les acteurs économiques ?").waitFor();
  assert.deepEqual(await row.locator("ins").allTextContents(), ["écouter"]);
  await wholesome(page);
});

test("a long journal is drawn as far as somebody has come, and whole where it is printed", async (t) => {
  const { one, visit, activity } = await onVisit(t);
  await one.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<200) INSERT INTO journal_entry(space,visit,activity,day,learned) SELECT 1,${visit},${activity},'2025-03-11','Appris '||i FROM n;`);
  const page = await one.page(`journal/${visit}`);
  await page.waitForSelector(".journal-entry");
  const drawn = () => page.locator(".journal-entry").count();
  assert.ok((await drawn()) < 100);
  const before = await drawn();
  await page.locator(".journal-entry").last().scrollIntoViewIfNeeded();
  await until(async () => (await drawn()) > before);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await until(async () => (await drawn()) === 200);
});
