// For tests of the pages in a real browser, over the real programs: a relay's store that gives invites, devices with `carnet serve` on
// loopback, pages of Chromium. Everything that is started ends with its test, by its process id. Screenshots go to CARNET_SHOTS, if it is set.
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
const require = createRequire(join(ui, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const carnet = process.env.CARNET, relayProgram = process.env.CARNET_RELAY;
const run = promisify(execFile);

const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
let browser;
const theBrowser = async () => (browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags }));
after(() => browser?.close());

// At the end of the test, the last one first: what runs in a folder before the folder.
const endings = new WeakMap();
function afterwards(t, ending) {
  if (!endings.has(t)) {
    endings.set(t, []);
    t.after(async () => { for (const end of endings.get(t).reverse()) await end(); });
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
    async invite(name) {
      await ask("device", "add", name, "--space", space);
      return (await ask("invite", name, "--address", `carnet://127.0.0.1:${port || 1}`)).match(/carnet1-\S+/)[0];
    },
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

// A device with pages. Without an invite it has no notebook yet.
export async function device(t, invite) {
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
    async add(table, fields) {
      return JSON.parse(await cli("--json", "add", table, ...Object.entries(fields).map(([column, value]) => `${column}=${value}`))).id;
    },
    async list(table) {
      return JSON.parse(await cli("--json", "list", table));
    },
    async serve() {
      server = await started(carnet, ["--home", replica, "serve", "--port", String(port)], { env }, (said) => said.match(/http:\/\/127\.0\.0\.1:\d+\/open\?key=\S+/)?.[0]);
      address = server.found;
      port = Number(new URL(address).port);
    },
    kill: () => ended(server.child, "SIGKILL"),
    stop: () => ended(server.child, "SIGTERM"),
    async page(path = "", options = {}) {
      const context = await (await theBrowser()).newContext({ viewport: { width: 1200, height: 800 }, locale: "fr-BJ", reducedMotion: "reduce", ...options });
      afterwards(t, () => context.close());
      return openPage(await context.newPage(), address, path);
    },
  };
  self.computer = () => computer(t, self);
  afterwards(t, async () => server && ended(server.child, "SIGTERM"));
  await self.serve();
  return self;
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
    await context.request.get(device.address);
    return { child, connection, page: await openPage(await context.newPage(), device.address, "") };
  };
  let on = await start();
  const cut = async () => {
    const gone = new Promise((resolve) => on.child.once("exit", resolve));
    process.kill(-on.child.pid, "SIGKILL"); // its own group: the browser and its children
    await Promise.all([gone, device.kill()]);
  };
  afterwards(t, async () => { if (on.child.exitCode === null && on.child.signalCode === null) await cut(); });
  return {
    get page() { return on.page; },
    cut,
    async start() {
      await device.serve();
      on = await start();
    },
  };
}

const watched = new WeakMap();

async function openPage(page, address, path) {
  const heard = { elsewhere: [], wrong: [] };
  watched.set(page, heard);
  const origin = new URL(address).origin;
  page.on("request", (request) => { if (!request.url().startsWith(origin)) heard.elsewhere.push(request.url()); });
  page.on("pageerror", (error) => heard.wrong.push(error.stack));
  page.on("console", (message) => { if (message.type() === "error" && !/Failed to load resource/.test(message.text())) heard.wrong.push(message.text()); });
  await page.context().request.get(address); // sets the cookie
  await page.goto(`${origin}/#/${path}`);
  await page.waitForSelector("h1");
  return page;
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

// One page as people see it: on a desk, on a small phone, in the dark. Each is looked at by `wholesome`.
export async function everyLook(device, path, name, ready = async () => {}) {
  const looks = [["desk", {}], ["phone", { viewport: { width: 360, height: 740 } }], ["smallest", { viewport: { width: 320, height: 568 } }], ["dark", { colorScheme: "dark" }]];
  for (const [look, options] of looks) {
    const page = await device.page(path, options);
    await ready(page);
    await wholesome(page);
    if (process.env.CARNET_SHOTS) await page.screenshot({ path: join(process.env.CARNET_SHOTS, `${name}-${look}.png`), fullPage: true });
    await page.context().close();
  }
}

// Waits for a condition, as often as the event loop lets it look.
export async function until(condition, within_ms = 20_000) {
  const end = Date.now() + within_ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
export const saved = (page) => page.waitForSelector(".save-state.saved");

export function dayFromNow(days) {
  const date = new Date(Date.now() + days * 86_400_000);
  const two = (n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
