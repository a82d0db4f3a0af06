// Bundles as people use them: made on one device's page, dropped on another's, which shows what came; the receipt goes back. The relay is there to
// enrol, and then no more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { everyLook, inEveryLook, pairedPhone, settled, twoHomes, until, visit, wholesome } from "./harness.mjs";

async function made(page, choose = async () => {}) {
  await visit(page, "stick");
  await page.waitForSelector("text=Faire un fichier");
  await choose(page);
  await page.getByRole("button", { name: "Préparer" }).click();
  await page.waitForSelector(".bundle-file");
  return Promise.all((await page.locator(".bundle-file").all()).map(async (link) => {
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }));
}
// As the browser does it: over the page, with what is dragged, and then there.
const drag = (page, kind, files) => page.evaluate(({ kind, files }) => {
  const transfer = new DataTransfer();
  for (const { name, base64 } of files) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
  document.querySelector("main").dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}, { kind, files: files.map(({ name, bytes }) => ({ name, base64: bytes.toString("base64") })) });
async function drop(page, ...files) {
  const before = await said(page).count();
  await drag(page, "dragover", files);
  await page.waitForSelector(".drop-over");
  await drag(page, "drop", files);
  await page.waitForSelector(".drop-over", { state: "detached" });
  await until(async () => (await said(page).count()) === before + files.length && (await page.locator(".drop-here ~ .parts progress").count()) === 0);
  return said(page).nth(before);
}
const said = (page) => page.locator(".drop-here ~ .parts > li");
const file = (name, text) => ({ name, bytes: Buffer.from(text) });

test("what is written on one device is dropped on another's page, which shows whose it is, and the receipt goes back", async (t) => {
  const [one, two] = await twoHomes(t);
  await one.add("organisation", { name: "Zagnanado", kind: "municipality" });
  const page = await one.page("sync");
  await page.getByText("Sans connexion : sur une clé").click();
  await page.waitForSelector("text=/Fiches : 1\\. En tout, environ/");
  const [stick] = await made(page);
  assert.match(stick.name, /^ouinhi-laarne-\d{4}-\d\d-\d\d\.carnet$/);
  assert.ok(!stick.bytes.includes("Zagnanado"));
  await wholesome(page);

  const there = await two.page(); // on another page
  const first = await drop(there, stick);
  assert.match(await first.innerText(), /Afi[^\n]* : 1 fiche/);
  assert.ok(there.url().endsWith("#/stick"));
  assert.deepEqual((await two.list("organisation")).map(({ name }) => name), ["Zagnanado"]);
  await inEveryLook(there, "stick");
  assert.match(await (await drop(there, stick)).innerText(), /Rien de nouveau/);

  const [receipt] = await made(there, (page) => page.getByLabel("Pour qui").selectOption("Afi"));
  assert.match(await (await drop(page, receipt)).innerText(), /Pas de fiches|Koffi/);
  const [second] = await made(page, (page) => page.getByLabel("Pour qui").selectOption("Koffi"));
  assert.ok(second.bytes.length < stick.bytes.length, `${second.bytes.length}, ${stick.bytes.length}`);
});

test("files that are none, damaged, broken off or empty are each told in a sentence, and keep nothing from a good one", async (t) => {
  const [one, two] = await twoHomes(t);
  await one.add("organisation", { name: "Zagnanado", kind: "municipality" });
  const [stick] = await made(await one.page());
  const page = await two.page("stick");
  const damaged = Buffer.from(stick.bytes);
  damaged[damaged.length - 9] ^= 1;
  const begun = await drop(page, file("photo.jpg", "no bundle at all, but something else"), { name: "abime.carnet", bytes: damaged }, { name: "coupe.carnet", bytes: stick.bytes.subarray(0, -20) }, file("vide.carnet", ""), stick);
  await begun.waitFor();
  const all = await said(page).allInnerTexts();
  for (const [text, told] of [[all[0], /ce n'est pas un fichier scellé de Carnet/i], [all[1], /abîmé ou a été modifié/], [all[2], /est coupé : la suite manque/i], [all[3], /vide/], [all[4], /Afi[^\n]* : 1 fiche|Rien de nouveau/]]) assert.match(text, told);
  assert.equal((await two.list("organisation")).length, 1);
  await inEveryLook(page, "stick-wrong");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Choisir des fichiers" }).press("Enter")]);
  assert.ok(chooser.isMultiple());
  await chooser.setFiles({ name: "encore.carnet", mimeType: "application/octet-stream", buffer: stick.bytes });
  await page.waitForSelector("li:has-text('encore.carnet') >> text=Rien de nouveau");
});

test("a photo goes along where that is wished, and a phone reads and makes files, too", async (t) => {
  const [one, two] = await twoHomes(t, "127.0.0.2");
  const about = await one.add("organisation", { name: "Zagnanado", kind: "municipality" });
  const page = await one.page("stick");
  const noise = Buffer.alloc(1_200_000, 0).map((_, at) => (at * 7919) >> 3);
  const { name } = await page.evaluate(async (base64) => (await fetch("/media", { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) })).json(), noise.toString("base64"));
  await one.add("media", { about, about_table: 1, kind: "photo", medium: name });
  await page.reload();
  const photos = page.getByLabel(/Avec les photos et les sons : 1/);
  await photos.check();
  await page.getByLabel("Taille").selectOption("15");
  const [stick] = await made(page);
  assert.ok(stick.bytes.length > noise.length);
  await everyLook(one, "stick", "stick-make", (look) => look.waitForSelector("text=Avec les photos"));

  const phone = await pairedPhone(t, two);
  await visit(phone, "stick");
  const [chooser] = await Promise.all([phone.waitForEvent("filechooser"), phone.getByRole("button", { name: "Choisir des fichiers" }).click()]);
  await chooser.setFiles({ name: stick.name, mimeType: "application/octet-stream", buffer: stick.bytes });
  await phone.waitForSelector("text=1 photo ou son");
  await settled(phone); // what a file would hold is told anew
  assert.equal((await phone.request.get(`${new URL(phone.url()).origin}/media/${name.split(" ")[2]}?type=image/jpeg`)).status(), 200);
  assert.equal((await made(phone)).length, 1);
  await wholesome(phone);
});
