// For tests of the pages in a real browser, over the real programs: a relay, also behind a bad link, devices with `carnet serve` on
// loopback, pages of Chromium, or of Firefox where CARNET_BROWSER says so. Everything that is started ends with its test, by its process
// id. Screenshots go to CARNET_SHOTS, if it is set.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after } from "node:test";
import { promisify } from "node:util";

const ui = join(dirname(fileURLToPath(import.meta.url)), "../../client/ui");
export const source = (file) => readFileSync(join(ui, "src", file), "utf8");
const require = createRequire(join(ui, "package.json"));
const { chromium, firefox } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const carnet = process.env.CARNET, relayProgram = process.env.CARNET_RELAY, linkProgram = process.env.CARNET_LINK;
const run = promisify(execFile);

const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const inFirefox = process.env.CARNET_BROWSER === "firefox";
const launched = () => (inFirefox ? firefox.launch({ channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr" }) : chromium.launch({ executablePath: "/usr/bin/chromium", args: flags }));
const patience_ms = 60_000; // on a machine that does much else
let browser;
const theBrowser = async () => (browser ??= await launched());
after(() => browser?.close());

// At the end of the test, the last one first: what runs in a folder before the folder. All of them, whichever fails.
const endings = new WeakMap();
function afterwards(t, ending) {
  if (!endings.has(t)) {
    endings.set(t, []);
    t.after(async () => {
      const wrong = [];
      for (const end of endings.get(t).reverse()) try { await end(); } catch (error) { wrong.push(error); }
      if (wrong.length > 0) throw wrong[0];
    });
  }
  endings.get(t).push(ending);
}

function folder(t, name) {
  const path = mkdtempSync(join(tmpdir(), `carnet-${name}-`));
  afterwards(t, () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return path;
}

// What ends by itself ends the wait, too: a program that cannot start says why.
async function started(program, args, options, ready) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const found = await new Promise((resolve, reject) => {
    const read = (data) => { said += data; const answer = ready(said); if (answer) resolve(answer); };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  });
  child.removeAllListeners("exit");
  return { child, found, said: () => said };
}
async function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

export async function relay(t, space = "Ouinhi-Laarne") {
  const home = folder(t, "relay");
  const env = { ...process.env, CARNET_RELAY_STORE: join(home, "relay.db") };
  const ask = async (...args) => (await run(relayProgram, args, { env })).stdout.trim();
  await ask("init");
  await ask("space", "add", space, "--kind", "partnership");
  let server, port = 0;
  return {
    ask,
    async invite(name, through = port || 1) {
      await ask("device", "add", name, "--space", space);
      return (await ask("invite", name, "--address", `carnet://127.0.0.1:${through}`)).match(/carnet1-\S+/)[0];
    },
    // The port of a bad link that leads here.
    async behind(profile) {
      const file = join(home, "link");
      const link = spawn(linkProgram, ["--to", String(port), "--profile", profile, "--cut-every", "0", "--port-file", file], { stdio: "ignore" });
      afterwards(t, () => ended(link, "SIGTERM"));
      await until(() => existsSync(file));
      return Number(readFileSync(file, "utf8"));
    },
    stop: () => ended(server, "SIGTERM"),
    async serve() {
      const file = join(home, "port");
      rmSync(file, { force: true });
      server = spawn(relayProgram, ["serve", "--port", String(port), "--port-file", file], { env, stdio: "ignore" });
      afterwards(t, () => ended(server, "SIGTERM"));
      await until(() => existsSync(file) && readFileSync(file, "utf8").trim() !== "");
      port = Number(readFileSync(file, "utf8"));
    },
  };
}

// A device with pages. Without an invite it has no notebook yet. `door`: where phones come in.
export async function device(t, invite, door) {
  const home = folder(t, "device");
  const replica = join(home, "replica");
  const env = { ...process.env, HOME: home, LANG: "fr_BJ.UTF-8", LC_ALL: "" };
  const cli = async (...args) => (await run(carnet, ["--home", replica, ...args], { env })).stdout;
  if (invite) await cli("init", "--invite", invite);
  let server, address, port = 0;
  const self = {
    home, cli,
    get address() { return address; },
    get pid() { return server.child.pid; },
    get isUp() { return server.child.exitCode === null && server.child.signalCode === null; },
    async add(table, fields) {
      return JSON.parse(await cli("--json", "add", table, ...Object.entries(fields).map(([column, value]) => `${column}=${value}`))).id;
    },
    sql: (statement) => run("sqlite3", [join(replica, "carnet.db"), ".timeout 5000", statement]), // as any tool may
    async list(table) {
      return JSON.parse(await cli("--json", "list", table));
    },
    async serve() {
      server = await started(carnet, ["--home", replica, "serve", "--port", String(port), ...(door ? ["--door", door] : [])], { env }, (said) => said.match(/http:\/\/127\.0\.0\.1:\d+\/open\?key=\S+/)?.[0]);
      address = server.found;
      port = Number(new URL(address).port);
    },
    kill: () => ended(server.child, "SIGKILL"),
    stop: () => ended(server.child, "SIGTERM"),
    async page(path = "", options = {}) {
      return openPage(await person(t, address, options), address, path);
    },
  };
  self.computer = () => computer(t, self);
  afterwards(t, async () => server && ended(server.child, "SIGTERM"));
  await self.serve();
  return self;
}

// Two homes that met the relay once, which is away since.
export async function twoHomes(t, door) {
  const shared = await relay(t);
  await shared.serve();
  const homes = [];
  for (const name of ["Afi", "Koffi"]) {
    const one = await device(t, await shared.invite(name), door);
    await one.cli("settings", "policy", "manual"); // at night it would go by itself
    homes.push(one);
  }
  const synced = (one) => one.cli("sync").then(() => true, () => false);
  for (const one of [...homes, ...homes]) await until(() => synced(one));
  await shared.stop();
  return homes;
}

// A device with the sample partnership, and a page of it.
export async function sample(t) {
  const one = await device(t);
  const page = await one.page();
  await page.click("text=Essayer avec un exemple");
  await page.waitForSelector("text=rien ne sera envoyé");
  return { one, page, origin: new URL(one.address).origin };
}

// A browser of its own, with its own profile, which can lose its power together with the server: nothing is closed, nothing is flushed.
async function computer(t, device) {
  const profile = folder(t, "profile");
  const start = async () => {
    const port_file = join(profile, "DevToolsActivePort");
    rmSync(port_file, { force: true });
    const child = spawn("/usr/bin/chromium", [...flags, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"], { stdio: "ignore", detached: true });
    await until(() => existsSync(port_file) && readFileSync(port_file, "utf8").includes("/"));
    const [port] = readFileSync(port_file, "utf8").split("\n");
    const connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const context = connection.contexts()[0];
    return { child, connection, page: await openPage(await watch(t, context, device.address), device.address, "") };
  };
  let on = await start();
  const crash = async () => {
    const gone = new Promise((resolve) => on.child.once("exit", resolve));
    process.kill(-on.child.pid, "SIGKILL"); // its own group: the browser and its children
    await gone;
  };
  afterwards(t, async () => { if (on.child.exitCode === null && on.child.signalCode === null) await crash(); });
  return {
    get page() { return on.page; },
    crash, // of the browser alone
    cut: () => Promise.all([crash(), device.kill()]),
    async start() {
      if (!device.isUp) await device.serve();
      on = await start();
    },
  };
}

// A page in a browser that has a camera and a microphone: they give pictures and tones of their own, or the camera sees the picture of a
// file (Y4M), over and over.
export async function seeing(t, device, file = null, options = {}) {
  const own = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...flags, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", ...(file ? [`--use-file-for-fake-video-capture=${file}`] : [])] });
  afterwards(t, () => own.close());
  const context = await own.newContext({ viewport: { width: 1200, height: 800 }, locale: "fr-BJ", reducedMotion: "reduce", ...options });
  return openPage(await watch(t, context, device.address), device.address, "");
}

// A browser window of its own for who comes to `address`. A test fails where any page of it asks another host.
export async function person(t, address, options = {}) {
  const context = await (await theBrowser()).newContext({ viewport: { width: 1200, height: 800 }, locale: "fr-BJ", reducedMotion: "reduce", ...options });
  afterwards(t, () => context.close());
  return watch(t, context, address);
}

const watched = new WeakMap();
const is_of_the_test = /Failed to load resource|blocked an inline style/; // a server that was stopped; axe's own style, which Firefox tells of

async function watch(t, context, address) {
  const heard = { elsewhere: [], wrong: [], asking: new Set() };
  const { origin } = new URL(address);
  context.setDefaultTimeout(patience_ms);
  context.on("request", (request) => { if (!/^(data|blob|about):/.test(request.url()) && new URL(request.url()).origin !== origin) heard.elsewhere.push(request.url()); });
  afterwards(t, () => assert.deepEqual(heard.elsewhere, [], "a page asked elsewhere"));
  const page = await context.newPage();
  watched.set(page, heard);
  page.on("request", (request) => {
    if (request.isNavigationRequest()) heard.asking.clear(); // what the page before still asked is not told of for certain
    if (!request.url().endsWith("/api/events")) heard.asking.add(request);
  });
  for (const over of ["requestfinished", "requestfailed"]) page.on(over, (request) => heard.asking.delete(request));
  const hear = (text) => { if (!is_of_the_test.test(text)) heard.wrong.push(text); };
  page.on("pageerror", (error) => hear(`${error.message}\n${error.stack}`));
  page.on("console", (message) => { if (message.type() === "error") hear(message.text()); });
  return page;
}

async function openPage(page, address, path) {
  await page.context().request.get(address); // sets the cookie
  await page.goto(`${new URL(address).origin}/#/${path}`);
  await page.waitForSelector("h1");
  if (!inFirefox) await settled(page); // what comes later moves what a hand aims at
  return page;
}

// A telephone that was let in at the door of a device.
export async function pairedPhone(t, device) {
  const computer = await device.page("phones");
  await computer.getByText("Ouvrir la porte").click();
  const [address, pin] = [await computer.locator(".door-big").first().innerText(), await computer.locator(".door-big").last().innerText()];
  await computer.context().close();
  const phone = await person(t, address, { viewport: { width: 360, height: 740 } });
  await phone.goto(address);
  await phone.getByLabel("Le code secret affiché sur l’ordinateur").fill(pin);
  await phone.getByText("Ouvrir le carnet").click();
  await phone.waitForSelector(".nav");
  return phone;
}

// No script failed, nothing was asked elsewhere, nothing scrolls sideways, and axe finds nothing serious.
export async function wholesome(page) {
  const { elsewhere, wrong } = watched.get(page);
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(wrong, []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`), []);
}

// Everything that a finger aims at is large enough for it; a link within a line of text is as high as its line.
export async function touchable(page) {
  const small = await page.evaluate(() => [...document.querySelectorAll("a, button, input, select, textarea, label, [role=option]")].flatMap((each) => {
    const aimed = each.matches("input[type=checkbox], input[type=radio]") && each.closest("label") || each;
    const { width, height } = aimed.getBoundingClientRect();
    const seen = aimed.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1 && !aimed.closest(".skip, .unseen");
    const inText = aimed.matches("a") && getComputedStyle(aimed).display === "inline" || aimed.matches("label:not(:has(input))");
    return seen && !inText && height < 43.5 ? [`${Math.round(width)}×${Math.round(height)} ${aimed.outerHTML.slice(0, 120)}`] : [];
  }));
  assert.deepEqual([...new Set(small)], []);
}

// One page as people see it: on a desk, on small phones, in the dark. `each` is asked to look at every one.
const looks = [["desk", 1280, "light"], ["dark", 1280, "dark"], ["phone", 360, "dark"], ["smallest", 320, "light"]];
export async function inEveryLook(page, name) {
  for (const [look, width, colorScheme] of looks) {
    await page.setViewportSize({ width, height: width > 1000 ? 800 : 640 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await settled(page);
    if (process.env.CARNET_SHOTS) await page.screenshot({ path: join(process.env.CARNET_SHOTS, `${name}-${look}.png`), fullPage: true });
    await wholesome(page);
    if (width < 1000) await touchable(page);
  }
}

// A page at a place of its own, got ready, in every look.
export async function everyLook(device, path, name, ready = async () => {}) {
  const page = await device.page(path);
  await ready(page);
  await inEveryLook(page, name);
  await page.context().close();
}

// Everything that was asked has come, and is drawn; what begins after a drawing (a page takes the focus, asks for more) has begun.
export async function settled(page) {
  const { asking } = watched.get(page);
  do {
    await until(() => asking.size === 0).catch(() => assert.fail(`no answer to ${[...asking].map((request) => request.url()).join(", ")}`));
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn)))));
  } while (asking.size > 0);
}

// Waits for a condition, as often as the event loop lets it look.
export async function until(condition, within_ms = patience_ms) {
  const end = Date.now() + within_ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
// What people do with lists and fields: a row is begun, and its first field has the focus.
export async function begin(within, name) {
  await within.getByRole("button", { name }).first().click();
  const page = within.page?.() ?? within;
  await until(() => page.evaluate(() => document.activeElement.matches("textarea, input[type=text]") && document.activeElement.value === ""));
}
export const box = (within, name) => within.getByRole("textbox", { name }).first();
export async function only(one, table) {
  await until(async () => (await one.list(table)).length === 1);
  return (await one.list(table))[0];
}
// By what the page keeps of it, too: the word may stand from before while a row is read that somebody begins to write in.
export const saved = (page) => until(() => page.evaluate(() => document.querySelector(".save-state.saved") !== null && !Object.keys(localStorage).some((key) => key.includes(":unsaved:"))));

// A photo that somebody took of it and passed on.
export async function photo(page, body) {
  const desk = await page.context().newPage();
  await desk.setContent(`<body style="margin:0;background:#999">${body}`);
  const buffer = await desk.screenshot({ type: "jpeg", quality: 60 });
  await desk.close();
  return { name: "IMG-20250310-WA0001.jpg", mimeType: "image/jpeg", buffer };
}
export async function choosePhoto(page, file) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click("text=Choisir une photo du code")]);
  await chooser.setFiles(file);
}

// What somebody does who has no notebook yet, and what everybody does to exchange.
export async function enrol(page, invite) {
  await page.fill("#invite", invite);
  await page.click("text=Ouvrir mon carnet");
  await page.waitForSelector(".nav");
}
export async function syncNow(page, outcome = "Terminé") {
  await visit(page, "sync");
  await page.reload();
  await page.click(".sync-now button");
  await page.waitForSelector(`.sync-now [role=status] >> text=${outcome}`).catch(async () => assert.fail(`instead of ${outcome}: ${await page.locator(".sync-now").innerHTML()}`));
}
// Until the page before is gone.
export const visit = (page, path) => page.evaluate((to) => new Promise((there) => {
  if (location.hash === to) return there();
  addEventListener("hashchange", () => setTimeout(there), { once: true });
  location.hash = to;
}), `#/${path}`);

export function dayFromNow(days) {
  const date = new Date(Date.now() + days * 86_400_000);
  const two = (n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
