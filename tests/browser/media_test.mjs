// Photos, sounds and clips as people take them: chosen, recorded, shown, asked for, and at the partner's after both have synchronised.
import assert from "node:assert/strict";
import { test } from "node:test";
import { box, dayFromNow, device, inEveryLook, relay, saved, seeing, settled, syncNow, until, visit, wholesome } from "./harness.mjs";

const preview_bytes = 8 * 1024, medium_bytes = 160_000;

// Drawn in the page: noise, which nothing makes small, or a landscape with a sun at its upper left.
async function drawn(page, look, width, height) {
  const base64 = await page.evaluate(async ({ look, width, height }) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    if (look === "noise") {
      const image = pen.createImageData(width, height);
      let state = 7;
      for (let at = 0; at < image.data.length; ++at) image.data[at] = at % 4 === 3 ? 255 : (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16 & 0xff;
      pen.putImageData(image, 0, 0);
    } else {
      const sky = pen.createLinearGradient(0, 0, 0, height);
      sky.addColorStop(0, "#79b4e8");
      sky.addColorStop(1, "#e9dfb4");
      pen.fillStyle = sky;
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = "#4d7a3a";
      for (let at = 0; at < 400; ++at) pen.fillRect((at * 97) % width, height * 0.6 + ((at * 53) % (height * 0.4)), 60, 12);
      pen.fillStyle = "#ff2010";
      pen.fillRect(0, 0, width / 4, height / 4);
    }
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(reader.result.split(",")[1]); reader.readAsDataURL(blob); });
  }, { look, width, height });
  return Buffer.from(base64, "base64");
}

// The same bytes, of which the EXIF says that the camera was held so that the right of the picture is its top.
function turned(jpeg) {
  const tiff = Buffer.from("4d4d002a00000008000101120003000000010006000000000000", "hex"), exif = Buffer.concat([Buffer.from("Exif\0\0"), tiff]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, exif, jpeg.subarray(2)]);
}

async function aDay(t, invite) {
  const one = await device(t, invite);
  const of = await one.add("visit", { title: "Ouinhi à Laarne", starts_on: dayFromNow(-1), ends_on: dayFromNow(1) });
  await one.add("activity", { visit: of, day: dayFromNow(0), title: "Visite du marché", position: 1 });
  return { one, of };
}
async function choose(page, button, files) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: button, exact: true }).first().click()]);
  await chooser.setFiles(files);
}
const file = (name, buffer, mimeType = "image/jpeg") => ({ name, mimeType, buffer });
const bytesOf = (cell) => Number(cell.split(" ")[1]);
const previewOf = (row) => Buffer.from(row.preview.split(",")[1], "base64");
// A picture of the page as the browser reads it: its size, and the colour at a place (0 to 1).
const seen = (page, source, x, y) => page.evaluate(async ({ source, x, y }) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return { width: canvas.width, height: canvas.height, colour: [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data.slice(0, 3)] };
}, { source, x, y });
const setting = (page, name, value) => page.evaluate((set) => fetch("/api/settings", { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify(set) }), { [name]: value });
const addressOf = (cell) => `/media/${cell.split(" ")[2]}?type=image/jpeg`;

test("photos that are chosen beside an activity stay with their captions: small ones for the network, a preview, and what was taken", async (t) => {
  const { one } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page();
  const noise = await drawn(page, "noise", 2000, 1500), landscape = await drawn(page, "landscape", 2400, 1600);
  await choose(page, "Photo", [file("bruit.jpg", noise), file("marche.jpg", turned(landscape))]);
  await page.waitForSelector("text=2 ajoutées et gardé");
  const rows = await one.list("media");
  assert.equal(rows.length, 2);
  for (const row of rows) {
    assert.ok(previewOf(row).length <= preview_bytes, `a preview of ${previewOf(row).length} bytes`);
    assert.ok(bytesOf(row.medium) <= medium_bytes, row.medium);
  }
  assert.deepEqual(rows.map(({ original }) => bytesOf(original)), [noise.length, turned(landscape).length]);
  assert.equal((await one.list("journal_entry")).length, 1); // the notes begin with their first photo
  // The camera was held upright: the red corner, at the upper left of the bytes, is at the upper right of the picture.
  for (const source of [rows[1].preview, addressOf(rows[1].medium)]) {
    const { width, height, colour: [red, green] } = await seen(page, source, 0.95, 0.05);
    assert.ok(height > width && red > 200 && green < 80, `${width}×${height}, ${red} ${green}`);
  }
  assert.equal(Math.max(...Object.values(await seen(page, addressOf(rows[1].medium), 0, 0)).filter(Number.isFinite)), 1600);

  await box(page, "Légende").fill("Le marché, un mardi");
  await saved(page);
  await until(async () => (await one.list("media"))[0].caption === "Le marché, un mardi");
  await page.reload();
  await page.click(".activity-head >> text=Noté");
  await page.waitForSelector(".thumb");
  assert.equal(await page.locator(".thumb img").count(), 2);
  assert.equal(await box(page, "Légende").inputValue(), "Le marché, un mardi");
  await inEveryLook(page, "media-today");
});

test("what is no picture is told, and keeps nothing from what is one", async (t) => {
  const { one } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page();
  await choose(page, "Photo", [file("lettre.jpg", Buffer.from("%PDF-1.4")), file("marche.jpg", await drawn(page, "landscape", 300, 200))]);
  await page.waitForSelector("text=pas une image");
  await until(async () => (await one.list("media")).length === 1);
});

test("a phone takes a photo with its camera, or chooses several things at once; what may be long is asked about first", async (t) => {
  const { one } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page("", { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
  const tap = (name) => Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name, exact: true }).first().tap()]).then(([chooser]) => chooser);
  const camera = await tap("Photo");
  assert.equal(await camera.element().getAttribute("capture"), "environment");
  const picture = file("marche.jpg", await drawn(page, "landscape", 300, 200));
  await camera.setFiles(picture);
  await until(async () => (await one.list("media")).length === 1);
  const shelf = await tap("Choisir");
  assert.ok(shelf.isMultiple());
  await shelf.setFiles([picture, file("note.wav", wav(1), "audio/wav")]);
  await until(async () => (await one.list("media")).length === 2);
  await page.waitForSelector(".dialog >> text=À envoyer");
  await page.getByRole("button", { name: "Ne pas garder", exact: true }).tap();
  await page.waitForSelector(".dialog", { state: "detached" });
  assert.deepEqual((await one.list("media")).map(({ kind }) => kind), ["photo", "photo"]);
});

test("a photo that is deleted comes back at a touch", async (t) => {
  const { one } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page();
  await choose(page, "Photo", file("marche.jpg", await drawn(page, "landscape", 300, 200)));
  await page.click(".thumb");
  await settled(page); // the picture itself is higher than its preview
  await page.click(".dialog >> text=Supprimer");
  await until(async () => (await one.list("media")).length === 0);
  await page.waitForSelector(".thumb", { state: "detached" });
  await page.click(".toast >> text=Annuler");
  await page.waitForSelector(".thumb");
  assert.equal((await one.list("media")).length, 1);
});

test("a voice note and a short video are recorded, played before they are kept, and play again from the server", async (t) => {
  const { one } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await seeing(t, one);
  for (const [button, record, kind] of [["Voix", null, "audio"], ["Vidéo", "Enregistrer", "video"]]) {
    await page.getByRole("button", { name: button, exact: true }).first().click();
    if (record) await page.click(`.dialog >> text=${record}`);
    await page.waitForSelector("[role=timer] >> text=/0:(?!00)\\d\\d/");
    await page.click(".dialog >> text=Arrêter");
    await page.waitForSelector(".dialog >> text=À envoyer");
    await page.waitForFunction((tag) => document.querySelector(`.dialog ${tag}`).readyState >= 2, kind);
    await wholesome(page);
    if (kind === "audio") await page.getByRole("button", { name: "Garder", exact: true }).click();
    else await page.keyboard.press("Escape"); // who leaves loses nothing
    await page.waitForSelector(".dialog", { state: "detached" });
  }
  const [sound, clip] = await one.list("media");
  assert.deepEqual([sound.kind, clip.kind], ["sound", "clip"]);
  assert.match(sound.medium, /^audio\/webm /);
  assert.ok(sound.seconds >= 1 && sound.seconds < 20 && bytesOf(sound.medium) / sound.seconds < 6000, `${sound.medium}, ${sound.seconds} s`);
  for (const { preview } of [sound, clip]) assert.ok((await seen(page, preview, 0.5, 0.5)).width >= 100);
  await page.reload();
  await page.click(".activity-head");
  for (const [index, kind] of ["audio", "video"].entries()) {
    await page.locator(".thumb").nth(index).click();
    await page.waitForFunction((tag) => document.querySelector(`.dialog ${tag}`)?.readyState >= 2, kind);
    await page.evaluate((tag) => document.querySelector(`.dialog ${tag}`).play(), kind);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".dialog", { state: "detached" });
  }
});

test("a browser that may not record says so, and takes a file", async (t) => {
  const { one } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page();
  await page.getByRole("button", { name: "Voix", exact: true }).first().click();
  await page.waitForSelector("text=n’a pas accès au micro");
  await choose(page, "Choisir un fichier", file("note.wav", wav(1), "audio/wav"));
  await page.waitForSelector(".dialog >> text=À envoyer");
  await page.getByRole("button", { name: "Garder", exact: true }).click();
  await until(async () => (await one.list("media")).length === 1);
  const [row] = await one.list("media");
  assert.deepEqual([row.kind, row.seconds, bytesOf(row.medium)], ["sound", 1, wav(1).length]);
  await page.getByRole("button", { name: "Voix", exact: true }).first().click();
  await page.waitForSelector("text=n’a pas accès au micro");
  await choose(page, "Choisir un fichier", file("long.wav", wav(302), "audio/wav"));
  await page.waitForSelector("text=trop long");
});

// A tone, so many seconds of it.
function wav(seconds, rate = 8000) {
  const samples = Buffer.alloc(seconds * rate);
  for (let at = 0; at < samples.length; ++at) samples[at] = 128 + Math.round(100 * Math.sin(at / 4));
  const head = Buffer.alloc(44);
  head.write("RIFF", 0); head.writeUInt32LE(36 + samples.length, 4); head.write("WAVEfmt ", 8); head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(rate, 24); head.writeUInt32LE(rate, 28); head.writeUInt16LE(1, 32); head.writeUInt16LE(8, 34);
  head.write("data", 36); head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

test("a photo is at the partner's after both have synchronised; its original comes when it is asked for", async (t) => {
  const shared = await relay(t);
  await shared.serve();
  const { one, of } = await aDay(t, await shared.invite("Afi, portable")), other = await device(t, await shared.invite("Pieter, bureau"));
  const page = await one.page(), there = await other.page();
  for (const each of [page, there, page]) await syncNow(each); // they know of each other, so what is sent has a receiver
  await setting(page, "price", "1.5");
  await visit(page, "today");
  await page.waitForSelector(".media-adds");
  const taken = await drawn(page, "landscape", 2400, 1600);
  await choose(page, "Photo", file("marche.jpg", taken));
  await page.waitForSelector("text=/À envoyer : .*\\sko, .* FCFA/");
  await page.waitForSelector("text=/L’autre appareil de l’espace le recevra aussi, pour .* FCFA/");
  await box(page, "Légende").fill("Le marché");
  await saved(page);
  await syncNow(page);
  await syncNow(there);
  await visit(there, `gallery/${of}`);
  await there.click(".thumb");
  await there.waitForSelector(".shown img[src^='/media/']");
  const [row] = await other.list("media");
  assert.equal(row.caption, "Le marché");
  assert.ok((await seen(there, addressOf(row.medium), 0, 0)).width === 1600);

  await there.click("text=/Demander l’original/");
  await there.waitForSelector("text=Original demandé");
  await there.keyboard.press("Escape");
  for (const each of [there, page, there]) await syncNow(each);
  await visit(there, `gallery/${of}`);
  await there.click(".thumb");
  const link = there.locator("a >> text=/Ouvrir l’original/");
  await link.waitFor();
  const original = await there.evaluate(async (address) => (await (await fetch(address)).arrayBuffer()).byteLength, await link.getAttribute("href"));
  assert.equal(original, taken.length);
});

test("who receives only what they ask for sees the preview, asks for the photo, and has it after the next synchronisation", async (t) => {
  const shared = await relay(t);
  await shared.serve();
  const { one, of } = await aDay(t, await shared.invite("Afi, portable")), other = await device(t, await shared.invite("Pieter, bureau"));
  const page = await one.page(), there = await other.page();
  await setting(there, "fetch_media", "asked");
  await choose(page, "Photo", file("marche.jpg", await drawn(page, "landscape", 2400, 1600)));
  await page.waitForSelector("text=gardé ici");
  for (const each of [page, there]) await syncNow(each);
  await visit(there, `gallery/${of}`);
  await there.click(".thumb");
  await there.waitForSelector(".shown img.small");
  await inEveryLook(there, "media-asked");
  await there.click("text=/Faire venir/");
  await there.waitForSelector("text=/Se télécharge|Arrive à la prochaine/");
  await there.keyboard.press("Escape");
  await syncNow(there);
  await visit(there, `gallery/${of}`);
  await there.click(".thumb");
  await there.waitForSelector(".shown img[src^='/media/']");
});

test("the gallery of a visit shows all of it by day, large by keyboard, and on phones", async (t) => {
  const { one, of } = await aDay(t, await (await relay(t)).invite("Afi, portable"));
  const page = await one.page();
  const picture = await drawn(page, "landscape", 1200, 800);
  await choose(page, "Photo", [file("a.jpg", picture), file("b.jpg", await drawn(page, "noise", 400, 300))]);
  await page.waitForSelector("text=2 ajoutées");
  await visit(page, `gallery/${of}`);
  await page.waitForSelector(".gallery-day");
  await choose(page, "Photo", file("c.jpg", picture));
  await until(async () => (await page.locator(".gallery-day .thumb").count()) === 3);
  await inEveryLook(page, "gallery");
  await page.locator(".gallery-day .thumb").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=1 sur 3");
  await page.waitForSelector(".dialog:focus");
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector("text=2 sur 3");
  await inEveryLook(page, "gallery-large");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".dialog", { state: "detached" });
  await visit(page, "sync");
  await page.waitForSelector("h2 >> text=Photos, sons et vidéos");
  const { medium } = (await one.list("media"))[0];
  await one.sql(`INSERT INTO carnet_blob(space,hash,why) SELECT space,'${medium.split(" ")[2]}','l’espace est plein' FROM media LIMIT 1`);
  await page.reload();
  await page.waitForSelector(".sync-failed >> text=l’espace est plein");
  await inEveryLook(page, "media-waits");
});
