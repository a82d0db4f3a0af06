// What is around the pages, and the page of a device without a notebook.
import assert from "node:assert/strict";
import { test } from "node:test";
import { device, everyLook, relay, until, wholesome } from "./harness.mjs";

test("an invite that is pasted opens the notebook, and one that is cut is refused in words", async (t) => {
  const invite = await (await relay(t)).invite("Afi");
  const one = await device(t);
  const page = await one.page();
  await page.fill("#invite", invite.slice(0, 20));
  await page.click("text=Ouvrir mon carnet");
  assert.ok((await page.locator("[role=alert]").textContent()).length > 10);
  assert.equal(await page.inputValue("#invite"), invite.slice(0, 20));
  await page.fill("#invite", `  ${invite}\n`);
  await page.click("text=Ouvrir mon carnet");
  await page.waitForSelector("text=Outils");
  await wholesome(page);
});

test("the sample is tried without an invite, and left again", async (t) => {
  const page = await (await device(t)).page();
  await page.click("text=Essayer avec un exemple");
  await page.waitForSelector("text=rien ne sera envoyé");
  await page.click("text=Quitter l’exemple");
  await page.waitForSelector("#invite");
});

test("the language is chosen once, for words, dates and labels", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Jan"));
  const page = await one.page("settings");
  await page.getByText("Nederlands").click();
  await page.waitForSelector("text=Instellingen");
  await page.goto(`${new URL(one.address).origin}/#/tools`);
  await page.waitForSelector("text=Voorstellingsfiche");
  assert.equal(await page.getAttribute("html", "lang"), "nl");
  await page.reload();
  await page.waitForSelector("text=Voorstellingsfiche");
});

test("dark is chosen for this device and stays chosen", async (t) => {
  const page = await (await device(t, await (await relay(t)).invite("Afi"))).page("settings");
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByText("Sombre").click();
  await until(async () => (await ground()) !== light);
  const dark = await ground();
  await page.reload();
  await page.waitForSelector("h1");
  assert.equal(await ground(), dark);
});

test("the keyboard alone skips the navigation, moves through it, and lands on the title of the page", async (t) => {
  const page = await (await device(t, await (await relay(t)).invite("Afi"))).page("tools");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Aller au contenu");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.focus(".nav a[href='#/today']");
  await page.keyboard.press("Enter");
  await until(() => page.evaluate(() => document.activeElement.tagName === "H1"));
});

test("overview, settings and first page are fit for everybody's eyes and hands", async (t) => {
  const one = await device(t, await (await relay(t)).invite("Afi"));
  await everyLook(one, "tools", "tools");
  await everyLook(one, "settings", "settings");
  await everyLook(await device(t), "", "first");
});
