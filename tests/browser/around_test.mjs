// What stands around the tools: history, search, synchronisation with its settings, what was not taken, and phones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dayFromNow, device, enrol, everyLook, person, relay, saved, settled, syncNow, until, visit, wholesome } from "./harness.mjs";

const field = (page, label) => page.getByRole("textbox", { name: label, exact: true }).first();

const setting = async (one, name) => JSON.parse(await one.cli("--json", "settings"))[name];

async function write(page, row, label, text) {
  await visit(page, `row/${row}`);
  await field(page, label).fill(text);
  await saved(page);
}

test("the history of a text and of a row tells who and when, marks what changed, and brings a version back", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi, portable"));
  const journey = await one.add("visit", { starts_on: dayFromNow(0), title: "Visite à Laarne" });
  const entry = await one.add("journal_entry", { visit: journey, day: dayFromNow(0), learned: "Le marché est couvert." });
  const page = await one.page();
  await write(page, entry, "Apprentissages spécifiques", "Le grand marché est couvert.");
  await write(page, entry, "Ce qui manque encore", "Son coût.");
  await visit(page, `row/${entry}`);
  await page.getByRole("link", { name: "Versions antérieures : Apprentissages spécifiques" }).click();
  const versions = page.locator(".version");
  await until(async () => (await versions.count()) === 2);
  assert.match(await versions.first().innerText(), /Afi, portable, .*\d\d:\d\d[^]*Version actuelle/);
  assert.equal(await versions.first().locator("ins").innerText(), "grand ");
  await wholesome(page);
  await versions.last().getByText("Reprendre cette version").click();
  await until(async () => (await one.list("journal_entry"))[0].learned === "Le marché est couvert.");
  const standing = page.locator(".version.standing");
  await until(async () => (await standing.locator("del").allInnerTexts()).join() === "grand ");
  await page.reload();
  await until(async () => (await standing.locator("del").allInnerTexts()).join() === "grand ");
  await page.getByText("Toute la fiche").click();
  await page.waitForSelector(".version:has-text('Son coût.')");
  await wholesome(page);
  await everyLook(one, `history/${entry}`, "history", (look) => look.waitForSelector(".version"));
  await everyLook(one, `row/${entry}`, "row", (look) => look.waitForSelector("textarea"));
});

test("search finds without accents and by the beginning of a word, marks what it found, and leads to it", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi"));
  const ouinhi = await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  const question = await one.add("learning_question", { organisation: ouinhi, wording: "Comment soutenir les acteurs économiques de l’élevage ?" });
  await one.add("learning_question", { organisation: ouinhi, wording: "Comment tenir un site web ?" });
  const page = await one.page();
  await page.click(".nav >> text=Recherche");
  await settled(page); // its title takes the focus once
  await page.getByLabel("Chercher dans tout le carnet").pressSequentially("ELEVAGE econ");
  await until(async () => {
    const marked = (await page.locator(".hit mark").allInnerTexts()).join(" ");
    return marked.includes("élevage") && marked.includes("économiques");
  });
  assert.equal(await page.locator(".hit").count(), 1);
  await wholesome(page);
  await page.reload();
  await page.waitForSelector(".hit mark");
  await everyLook(one, "search?q=elevage", "search", (look) => look.waitForSelector(".hit"));
  await page.click(".hit a");
  await page.waitForSelector("textarea");
  assert.match(page.url(), new RegExp(`row/${question}$`));
  await page.goBack();
  await settled(page);
  await page.getByLabel("Chercher dans tout le carnet").fill("introuvable");
  await page.waitForSelector("text=Rien trouvé pour « introuvable »");
});

test("the page of synchronisation tells what waits and what it costs, what others sent and until when, and what moved by day", async (t) => {
  const shared = await relay(t);
  await shared.serve();
  const one = await device(t), two = await device(t, await shared.invite("Jan, portable"));
  const page = await one.page();
  await enrol(page, await shared.invite("Afi, portable"));
  await two.add("organisation", { name: "Laarne", kind: "municipality" });
  await two.cli("sync");
  await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  await visit(page, "sync");
  await page.getByLabel("Prix d’un mégaoctet (FCFA)").fill("1,2");
  await page.keyboard.press("Tab");
  await until(async () => (await setting(one, "price")) === "1.2");
  await page.reload();
  await page.waitForSelector("text=/En attente ici[^]*environ [\\d,]+\\sk?o, [\\d,]+ FCFA/");
  assert.match(await page.locator("tr:has-text('Ouinhi-Laarne')").innerText(), /jamais encore|\d\d:\d\d/);  // at night it goes by itself
  await syncNow(page);
  await page.waitForSelector("text=Rien n’attend : tout est envoyé.");
  await page.waitForSelector("tr:has-text('Ouinhi-Laarne') >> text=/\\d\\d:\\d\\d/");
  await page.waitForSelector(".sync-others >> text=/Jan, portable : vu jusqu’au .*\\d\\d:\\d\\d/");
  await page.waitForSelector("svg.traffic[aria-label*='envoyés, '][aria-label*='reçus']");
  await page.reload();
  await page.waitForSelector("svg.traffic");
  await everyLook(one, "sync", "sync", (look) => look.waitForSelector("svg.traffic"));
});

test("bytes are told as they move over a slow link", async (t) => {
  const shared = await relay(t);
  await shared.serve();
  const one = await device(t), page = await one.page();
  await enrol(page, await shared.invite("Afi", await shared.behind("3g-night")));
  const journey = await one.add("visit", { starts_on: dayFromNow(0) });
  for (const part of [1, 2]) await one.add("journal_entry", { visit: journey, day: dayFromNow(0), learned: Array.from({ length: 3000 }, (_, n) => `${part} ${(n * 2654435761 % 4294967296).toString(36)}`).join(" ") });
  const told = new Set();
  await page.exposeFunction("tell", (text) => told.add(text));
  await visit(page, "sync");
  await page.reload(); // at night it may have gone by itself, and says so
  await page.waitForSelector(".sync-now");
  await page.evaluate(() => new MutationObserver(() => tell(document.querySelector(".sync-now [role=status]").innerText)).observe(document.querySelector(".sync-now"), { subtree: true, childList: true, characterData: true }));
  await page.click(".sync-now button");
  await page.waitForSelector(".sync-now >> text=Terminé", { timeout: 60_000 });
  const running = [...told].filter((text) => /En cours : [\d,]+\sk?o envoyés, [\d,]+\sk?o reçus/.test(text));
  assert.ok(running.length >= 2, [...told].join("\n"));
});

test("when it goes and for how much is kept as it is chosen, and what cannot be is said beside it", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi"));
  const page = await one.page("sync");
  const night = page.getByLabel("Par nuit (ko)");
  await page.getByLabel("Nuit : de").fill("22:30");
  await until(async () => (await setting(one, "window")) === "22:30-05:00");
  for (const [typed, told] of [["beaucoup", "Écrivez un nombre entier."], ["1,5", "Écrivez un nombre entier."], ["1000000001", "De 0 à 1000000000."]]) {
    await night.fill(typed);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`.field-wrong >> text=${told}`);
  }
  await night.fill("1000000000");
  await page.keyboard.press("Enter");
  await until(async () => (await setting(one, "night_kb")) === "1000000000");
  assert.equal(await page.locator(".field-wrong").count(), 0);
  await page.getByLabel("Par mois (FCFA)").fill("100");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=/une limite en FCFA demande le prix d'un mégaoctet/");
  await page.getByLabel("Prix d’un mégaoctet (FCFA)").fill("1,25");
  await page.keyboard.press("Enter");
  await until(async () => (await setting(one, "price")) === "1.25");
  await page.getByLabel("Par mois (FCFA)").fill("200");
  await page.keyboard.press("Enter");
  await until(async () => (await setting(one, "month_fcfa")) === "200");
  await page.getByText("Dès qu’il y a une connexion").click();
  await until(async () => (await setting(one, "policy")) === "link");
  await page.reload();
  await page.waitForSelector("#setting-month_fcfa");
  assert.equal(await page.inputValue("#setting-month_fcfa"), "200");
  assert.equal(await page.inputValue("#setting-price"), "1,25");
  assert.ok(await page.getByRole("radio", { name: "Dès qu’il y a une connexion" }).isChecked());
  await wholesome(page);
});

test("what the relay did not take stays here with the reason, and goes elsewhere or is sent again", async (t) => {
  const shared = await relay(t);
  await shared.ask("space", "add", "Brouillons", "--kind", "municipality");
  await shared.serve();
  const one = await device(t), two = await device(t, await shared.invite("Jan"));
  const page = await one.page();
  await enrol(page, await shared.invite("Afi"));
  for (const [name, role] of [["Afi", "writer"], ["Jan", "reader"]]) await shared.ask("member", "add", name, "Brouillons", "--role", role, "--yes");
  await syncNow(page);
  await shared.ask("quota", "rows", "1", "--space", "Ouinhi-Laarne");
  for (const name of ["Zagnanado", "Covè"]) {
    await one.cli("add", "organisation", `name=${name}`, "kind=municipality", "--space", "Ouinhi-Laarne");
    await syncNow(page);
  }
  await page.waitForSelector("text=Ce qui n’a pas été accepté");
  await page.waitForSelector(".quarantine >> text=/l'espace est plein/");
  await wholesome(page);
  await everyLook(one, "sync", "quarantine", (look) => look.waitForSelector(".quarantine"));
  const kept = (name) => page.locator(`.quarantine .conflict:has-text("${name}")`);
  await kept("Zagnanado").getByLabel("Placer dans…").selectOption({ label: "Brouillons" });
  await kept("Zagnanado").waitFor({ state: "detached" });
  await shared.ask("quota", "rows", "1000", "--space", "Ouinhi-Laarne");
  await page.reload();
  await kept("Covè").getByText("Envoyer de nouveau").click();
  await page.waitForSelector(".quarantine", { state: "detached" });
  await syncNow(page);
  await two.cli("sync");
  assert.deepEqual((await two.list("organisation")).map(({ name }) => name).sort(), ["Covè", "Zagnanado"]);
  await page.reload();
  await page.waitForSelector("text=Rien n’attend");
  assert.equal(await page.locator(".quarantine").count(), 0);
});

test("a phone comes in by the address of the code and the PIN, writes, and is forgotten when the door is shut", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi"), "127.0.0.2");
  await one.add("organisation", { name: "Ouinhi", kind: "municipality" });
  await one.add("visit", { starts_on: dayFromNow(0), title: "Visite à Laarne" });
  const page = await one.page("phones");
  await page.getByText("Ouvrir la porte").click();
  const [address, pin] = [await page.locator(".door-big").first().innerText(), await page.locator(".door-big").last().innerText()];
  assert.match(address, /^http:\/\/127\.0\.0\.2:\d+\/pair$/);
  assert.ok(await page.locator(".door-code svg").isVisible());
  await wholesome(page);

  const phone = await person(t, address, { viewport: { width: 360, height: 740 } });
  await phone.goto(new URL(address).origin);
  await phone.getByText("Relier ce téléphone").click();
  await phone.getByLabel("Le code secret affiché sur l’ordinateur").fill(pin === "000000" ? "000001" : "000000");
  await phone.getByText("Ouvrir le carnet").click();
  await phone.waitForSelector("text=ce n’est pas le bon code");
  await phone.getByLabel("Le code secret affiché sur l’ordinateur").fill(pin);
  await phone.getByLabel("Un nom pour ce téléphone").fill("Téléphone d’Afi");
  await phone.getByText("Ouvrir le carnet").click();
  await phone.waitForSelector("text=Visite à Laarne");
  await phone.getByText("Note rapide").click();
  await phone.getByRole("textbox", { name: "Votre note" }).fill("Écrit au téléphone.");
  await phone.getByText("Terminé").click();
  await until(async () => (await one.list("journal_entry"))[0]?.learned === "Écrit au téléphone.");
  await phone.reload();
  await until(async () => (await phone.locator(".note textarea").inputValue()) === "Écrit au téléphone.");
  await wholesome(phone);
  await visit(phone, "phones");
  await phone.waitForSelector("text=Ceci est un téléphone relié");

  await page.waitForSelector("li:has-text('Téléphone d’Afi')");
  await page.reload();
  await page.waitForSelector("li:has-text('Téléphone d’Afi')");
  await page.getByText("Fermer et oublier les téléphones").click();
  await page.waitForSelector("text=Aucun téléphone n’est relié");
});

test("five wrong PINs shut the door, which the computer says, and opening it anew gives another PIN", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi"), "127.0.0.2");
  const page = await one.page("phones");
  await page.getByText("Ouvrir la porte").click();
  const [address, pin] = [await page.locator(".door-big").first().innerText(), await page.locator(".door-big").last().innerText()];
  const phone = await person(t, address, { viewport: { width: 360, height: 740 } });
  await phone.goto(address);
  const guess = async (typed) => {
    await phone.getByLabel("Le code secret affiché sur l’ordinateur").fill(typed);
    const answered = phone.waitForEvent("domcontentloaded"); // what the page before said stands until then
    await phone.getByText("Ouvrir le carnet").click();
    await answered;
  };
  const wrong = pin === "000000" ? "000001" : "000000";
  for (const told of [1, 2, 3, 4].map(() => "ce n’est pas le bon code").concat("la porte est fermée")) {
    await guess(wrong);
    await phone.waitForSelector(`text=${told}`);
  }
  await guess(pin);
  await phone.waitForSelector("text=la porte est fermée");
  await page.waitForSelector("text=La porte s’est fermée d’elle-même");
  await page.getByText("Ouvrir la porte").click();
  await page.waitForSelector(".door-big");
  await guess(await page.locator(".door-big").last().innerText());
  await phone.waitForSelector(".nav");
  await page.waitForSelector(".parts li");
});
