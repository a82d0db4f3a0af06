// An invite that is shown and not sent: its code before the camera of a laptop, or on a photo.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { choosePhoto, device, inEveryLook, photo, relay, seeing, wholesome } from "./harness.mjs";

// The code as the relay shows it to an operator: half blocks, light ones drawn, two rows of modules a line. true is dark.
async function shown(shared, name) {
  await shared.ask("device", "add", name, "--space", "Ouinhi-Laarne");
  const said = await shared.ask("invite", name, "--address", "carnet://127.0.0.1:1", "--qr");
  return said.split("\n").filter((line) => line.startsWith("\x1b[97")).flatMap((line) => {
    const blocks = [...line.replace(/\x1b\[[\d;]*m/g, "")];
    return [blocks.map((block) => !"█▀".includes(block)), blocks.map((block) => !"█▄".includes(block))];
  });
}

// What a camera sees that is held before it: one frame, grey, 640 by 480.
function film(home, modules, module = 6) {
  const width = 640, height = 480, grey = Buffer.alloc(width * height, 128);
  const left = Math.floor((width - modules[0].length * module) / 2), top = Math.floor((height - modules.length * module) / 2);
  for (let y = 0; y < modules.length * module; ++y)
    for (let x = 0; x < modules[0].length * module; ++x) grey[(top + y) * width + left + x] = modules[Math.floor(y / module)][Math.floor(x / module)] ? 40 : 210;
  const file = join(home, "seen.y4m");
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\nFRAME\n`), grey, Buffer.alloc(width * height / 2, 128)]));
  return file;
}

const drawn = (modules) => `<svg viewBox="0 0 ${modules[0].length} ${modules.length}" width="420" style="margin:150px 300px;background:#eee;transform:rotate(-7deg)">${
  modules.flatMap((row, y) => row.map((dark, x) => (dark ? `<path d="M${x} ${y}h1v1h-1z"/>` : ""))).join("")}</svg>`;

test("an invite's code that is held before the camera opens the notebook", async (t) => {
  const one = await device(t);
  const page = await seeing(t, one, film(one.home, await shown(await relay(t), "Afi, portable")));
  await page.click("text=Lire le code avec la caméra");
  await page.waitForSelector(".nav");
  assert.equal(JSON.parse(await one.cli("--json", "status")).spaces[0].name, "Ouinhi-Laarne");
  await wholesome(page);
});

test("a camera that sees no code goes on looking until somebody stops it", async (t) => {
  const one = await device(t);
  const page = await seeing(t, one, film(one.home, [[false]], 400));
  await page.click("text=Lire le code avec la caméra");
  for (let looks = 0; looks < 3; ++looks) await page.waitForResponse((response) => response.url().endsWith("/api/code") && response.ok());
  await inEveryLook(page, "camera");
  await page.click("text=Arrêter la caméra");
  await page.waitForSelector("text=Choisir une photo du code");
});

test("an invite's code on a photo opens the notebook, and what holds none says so", async (t) => {
  const one = await device(t), page = await one.page();
  const modules = await shown(await relay(t), "Afi, portable");
  const choose = (file) => choosePhoto(page, file);
  await choose({ name: "lettre.pdf", mimeType: "image/jpeg", buffer: Buffer.from("%PDF-1.4") });
  await page.waitForSelector("text=n’est pas une image");
  await choose(await photo(page, "<h1>Bonjour</h1>"));
  await page.waitForSelector("text=Aucun code n’a été trouvé");
  await inEveryLook(page, "no-code");
  await choose(await photo(page, drawn(modules)));
  await page.waitForSelector(".nav");
  assert.equal(JSON.parse(await one.cli("--json", "status")).spaces[0].name, "Ouinhi-Laarne");
});

test("a computer without a camera is told so", async (t) => {
  const one = await device(t), page = await one.page();
  await page.click("text=Lire le code avec la caméra");
  await page.waitForSelector("text=La caméra n’est pas accessible");
  await wholesome(page);
});
