// Devices of one local network: where one listens, whom it met, and who calls by its address, typed or as a code. Nothing announces them here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { choosePhoto, dayFromNow, everyLook, pairedPhone, photo, settled, twoHomes, until, visit, wholesome } from "./harness.mjs";

const names = async (one) => (await one.list("organisation")).map(({ name }) => name).sort();

// Its address, once it listens where the network of a test is.
async function listening(one, page) {
  await one.cli("settings", "near", "127.0.0.1");
  const told = page.locator(".door-big");
  await told.waitFor();
  return (await told.innerText()).trim();
}
async function call(page, address) {
  await page.getByLabel("Appeler un appareil").fill(address);
  await page.keyboard.press("Enter");
}
const heard = (page) => page.locator("#call-said");

test("the page tells where this device listens on the local network, and whom it met there, as it happens", async (t) => {
  const [one, two] = await twoHomes(t);
  await two.add("organisation", { name: "Zagnanado", kind: "municipality" });
  const page = await one.page("sync");
  const near = page.getByRole("group", { name: "Échanger aussi avec les appareils du même réseau local" });
  assert.ok(await near.getByRole("radio", { name: "Non" }).isChecked()); // nothing listens unless somebody wishes it
  await two.cli("near", await listening(one, page));
  assert.ok(await near.getByRole("radio", { name: "Oui" }).isChecked());
  await page.waitForSelector("text=/Koffi : rencontré sur place le .*, 1 fiche reçue/");
  assert.deepEqual(await names(one), ["Zagnanado"]);
  await near.getByText("Non").click();
  await until(async () => JSON.parse(await one.cli("--json", "settings")).near === "off");
  await page.locator(".door-big").waitFor({ state: "detached" });
});

test("a device that is called by its address, typed, meets the one that calls, and both pages show what came", async (t) => {
  const [one, two] = await twoHomes(t);
  const journey = await one.add("visit", { starts_on: dayFromNow(0) });
  await one.add("activity", { visit: journey, day: dayFromNow(0), position: 1, title: "Marché de Covè" });
  await two.add("organisation", { name: "Covè", kind: "municipality" });
  const caller = await one.page("sync"), called = await two.page("sync");
  const address = await listening(two, called);
  await visit(called, "today");
  await call(caller, address);
  await heard(caller).getByText("Rencontre avec Koffi : 1 fiche reçue, 2 données.").waitFor();
  await called.waitForSelector("text=Marché de Covè");
  assert.deepEqual(await names(one), ["Covè"]);
  await call(caller, address);
  await heard(caller).getByText("pas de nouvelle fiche").waitFor();
  await wholesome(caller);
  await everyLook(one, "sync", "near-called", (look) => look.waitForSelector("text=Rencontre avec Koffi"));
  await everyLook(two, "sync", "near", (look) => look.waitForSelector("text=Afi : rencontré"));
});

test("an address is read from a photo of its code, also by a phone, which may call", async (t) => {
  const [one, two] = await twoHomes(t, "127.0.0.2");
  const shows = await two.page("sync");
  await listening(two, shows);
  const code = (await shows.locator(".door-code").innerHTML()).replace("<svg", '<svg width="420" style="margin:150px 300px;background:#eee;transform:rotate(-7deg)"');
  const page = await one.page("sync");
  await two.add("organisation", { name: "Covè", kind: "municipality" });
  const taken = await photo(page, code);
  await choosePhoto(page, taken);
  await heard(page).getByText("Rencontre avec Koffi : 1 fiche reçue, 0 donnée.").waitFor();

  for (const name of ["Ouinhi", "Zagnanado"]) await two.add("organisation", { name, kind: "municipality" });
  const phone = await pairedPhone(t, one);
  await visit(phone, "sync");
  await choosePhoto(phone, taken);
  await heard(phone).getByText("2 fiches reçues").waitFor();
  assert.deepEqual(await names(one), ["Covè", "Ouinhi", "Zagnanado"]);
  await settled(phone);
  await wholesome(phone);
});

test("why a call came to nothing is told in words, beside what was typed where that is no address", async (t) => {
  const [one, two] = await twoHomes(t);
  const page = await one.page("sync");
  for (const [typed, told] of [["bonjour", "comme 192.168.1.5:40123"], ["127.0.0.1:65536", "comme 192.168.1.5:40123"], ["93.184.216.34:443", "dans aucun réseau local"]]) {
    await call(page, typed);
    await page.locator("#call-wrong").getByText(told).waitFor();
  }
  assert.equal(await heard(page).innerText(), "");
  await wholesome(page);
  const shows = await two.page("sync");
  const address = await listening(two, shows);
  await two.stop();
  await call(page, address);
  await heard(page).getByText("personne ne répond").waitFor();
  await everyLook(one, "sync", "near-nobody", (look) => look.waitForSelector("text=personne ne répond"));
});
