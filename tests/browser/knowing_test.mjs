// The tools by which municipalities get to know each other: presentation, activity profile, factors, SWOT. Each is filled in as people do, and
// found again on a page that is opened anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, box, device, everyLook, only, relay, sample, saved, until, wholesome } from "./harness.mjs";

async function inOuinhi(t) {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const ouinhi = await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  return { one, ouinhi };
}

test("an empty space asks for the municipality's name first, and the sheet is filled in, people by their name alone", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page("presentation");
  await box(page, "Nom de la commune").fill("Ouinhi");
  await page.keyboard.press("Enter");
  await page.click("text=Commencer la fiche de Ouinhi");
  await page.getByLabel("Ajouter une personne").fill("Afi Dossou");
  await page.keyboard.press("Enter");
  await box(page, "Fonction").fill("Secrétaire exécutive");
  await box(page, "Années de service").fill("9");
  await box(page, "Nombre d’habitants").fill("59 381");
  await begin(page, "Ajouter une image");
  await page.keyboard.type("La mairie un jour de marché");
  await saved(page);
  await until(async () => (await only(one, "presentation")).population === 59381);
  const { name, function: does, years_of_service } = await only(one, "person");
  assert.deepEqual({ name, does, years_of_service }, { name: "Afi Dossou", does: "Secrétaire exécutive", years_of_service: 9 });
  await page.reload();
  await page.waitForSelector("text=Personnes impliquées");
  assert.equal(await box(page, "Fonction").inputValue(), "Secrétaire exécutive");
  assert.equal(await box(page, "Légende").inputValue(), "La mairie un jour de marché");
  await wholesome(page);
});

test("who is taken off the sheet stays known, and is offered when their name is typed again", async (t) => {
  const { one, ouinhi } = await inOuinhi(t);
  const person = await one.add("person", { organisation: ouinhi, name: "Koffi Ahouandjinou" }), presentation = await one.add("presentation", { organisation: ouinhi });
  await one.add("presentation_person", { presentation, person });
  const page = await one.page("presentation");
  await page.click('[aria-label^="Retirer de la fiche"]');
  await until(async () => (await one.list("presentation_person")).length === 0);
  await page.getByLabel("Ajouter une personne").fill("koffi ahouandjinou");
  await page.keyboard.press("Enter");
  assert.equal((await only(one, "presentation_person")).person, person);
  assert.equal((await one.list("person")).length, 1);
});

test("a project's strategies are scored, and stand in the picture of quantity against quality", async (t) => {
  const { one } = await inOuinhi(t);
  const page = await one.page("profile");
  await begin(page, "Ajouter un projet");
  await page.keyboard.type("Marché de Ouinhi");
  await saved(page);
  await begin(page, "Ajouter une stratégie");
  await page.keyboard.type("Comité de gestion");
  await page.getByRole("radiogroup", { name: "Niveau de participation" }).getByText("8", { exact: true }).click();
  await page.getByRole("radiogroup", { name: "Valeur ajoutée" }).getByText("10", { exact: true }).click();
  await saved(page);
  await page.reload();
  await page.waitForSelector('svg[aria-label="Comité de gestion : participation 8, valeur ajoutée 10"]');
  const { participation, added_value } = await only(one, "strategy");
  assert.deepEqual([participation, added_value], [8, 10]);
  await wholesome(page);
});

test("nothing moves under the hand when a row that is begun comes to stand", async (t) => {
  const { one, ouinhi } = await inOuinhi(t);
  await one.add("project", { organisation: ouinhi, name: "Marché" });
  const page = await one.page("profile");
  await begin(page, "Ajouter une stratégie");
  const eight = page.getByRole("radiogroup", { name: "Niveau de participation" }).getByText("8", { exact: true });
  const before = await eight.boundingBox();
  await page.keyboard.type("Comité de gestion");
  await page.keyboard.press("Tab");
  await only(one, "strategy");
  await page.getByRole("button", { name: "Commentaires et photos : Comité de gestion" }).waitFor();
  assert.deepEqual(await eight.boundingBox(), before);
});

test("factors are written down one after the other by the keyboard, and rank themselves", async (t) => {
  const { one } = await inOuinhi(t);
  const page = await one.page("factors");
  const quick = page.locator(".quick-factor");
  const note = async (text, impact, score) => {
    await quick.locator("textarea").focus();
    await page.keyboard.type(text);
    await quick.getByText(impact, { exact: true }).click();
    await quick.getByText(score, { exact: true }).click();
    await page.keyboard.press("Control+Enter");
    await until(async () => (await quick.locator("textarea").inputValue()) === "");
  };
  await note("Connexion instable", "Négatif", "6");
  await note("Conseil engagé", "Positif", "9");
  await note("Crues", "Négatif", "8");
  await saved(page);
  assert.deepEqual((await one.list("factor")).map(({ score }) => score).sort(), [6, 8, 9]);
  await page.reload();
  const names = () => page.locator(".factor-name").allTextContents();
  await until(async () => (await names()).join() === "Conseil engagé,Crues,Connexion instable");
  await page.getByLabel("Impact").last().selectOption("negative");
  await until(async () => (await names()).join() === "Crues,Connexion instable");
  await wholesome(page);
});

test("a factor that is open keeps its place while its score changes, and takes its rank when it is closed", async (t) => {
  const { one, ouinhi } = await inOuinhi(t);
  for (const [description, score] of [["Premier", 9], ["Second", 5]]) await one.add("factor", { organisation: ouinhi, description, score, impact: "positive" });
  const page = await one.page("factors");
  const names = () => page.locator(".factor-name").allTextContents();
  await page.getByRole("button", { name: /^Second/ }).click();
  await page.locator(".factor-body").getByText("10", { exact: true }).click();
  await saved(page);
  assert.deepEqual(await names(), ["Premier", "Second"]);
  await page.getByRole("button", { name: /^Second/ }).click();
  await until(async () => (await names()).join() === "Second,Premier");
});

async function withSwot(t) {
  const { one, ouinhi } = await inOuinhi(t);
  const project = await one.add("project", { organisation: ouinhi, name: "Marché" });
  for (const [position, text] of ["Comité actif", "Recettes"].entries()) await one.add("swot_item", { project, quadrant: "strength", position: position + 1, text });
  return { one, page: await one.page("swot") };
}
const standing = async (one, quadrant) => (await one.list("swot_item")).filter((each) => each.quadrant === quadrant).sort((a, b) => a.position - b.position).map(({ text }) => text);

test("points are typed one below the other, and go up and across by Alt and arrows", async (t) => {
  const { one, page } = await withSwot(t);
  await page.locator(".strength textarea").first().focus();
  await page.keyboard.press("Enter");
  await until(() => page.evaluate(() => document.activeElement.matches("textarea") && document.activeElement.value === ""));
  await page.keyboard.type("Entre les deux");
  await until(async () => (await standing(one, "strength")).join() === "Comité actif,Entre les deux,Recettes");
  await page.keyboard.press("Alt+ArrowUp");
  await until(async () => (await standing(one, "strength")).join() === "Entre les deux,Comité actif,Recettes");
  await page.keyboard.press("Alt+ArrowRight");
  await until(async () => (await standing(one, "weakness")).join() === "Entre les deux");
  await wholesome(page);
});

test("a point is dragged to another quadrant, and by its menu back", async (t) => {
  const { one, page } = await withSwot(t);
  const grip = page.locator(".quadrant.strength .grip").first(), threats = page.locator(".quadrant.threat ol");
  const from = await grip.boundingBox(), to = await threats.boundingBox();
  await page.mouse.move(from.x + 10, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + 40, to.y + 10, { steps: 8 });
  await page.mouse.up();
  await until(async () => (await standing(one, "threat")).join() === "Comité actif");
  await page.locator(".quadrant.threat .grip").click();
  await page.click("text=Vers « Forces »");
  await until(async () => (await standing(one, "strength")).join() === "Recettes,Comité actif");
});

test("the four tools are fit for everybody's eyes and hands", async (t) => {
  const { one } = await sample(t);
  await everyLook(one, "presentation", "presentation", (each) => each.waitForSelector(".presented"));
  await everyLook(one, "profile", "profile", (each) => each.waitForSelector(".scatter"));
  await everyLook(one, "factors", "factors", async (each) => { await each.locator(".factor-head").nth(1).click(); });
  await everyLook(one, "swot", "swot", async (each) => { await each.locator(".grip").first().click(); });
});
