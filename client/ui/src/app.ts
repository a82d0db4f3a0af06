// What there is once on a page: the server, the store, the forms, and what the whole page follows. `start` connects them.
import { ApiError, Away, createApi, type Device, type Row, type Space, type SyncEvent } from "./api";
import { Autosave } from "./autosave";
import { listen } from "./events";
import { Live } from "./live";
import { complaint, Schema } from "./schema";
import { Store } from "./store";
import { tabsAlive } from "./tabs";
import { toast } from "./toasts";
import { common, language, languages, type Language } from "./words";
import { learn } from "./words/load";

export const api = createApi((...request) => globalThis.fetch(...request));
export const device = new Live<Device | null>(null);
export const space = new Live(0);
export const contact = new Live<"here" | "away" | "locked">("here");
export const hearing = new Live(false); // events come
export const syncing = new Live<SyncEvent | null>(null); // the latest that was heard of
export const conflicts = new Live(0);
export const rereads = new Live<ReadonlySet<string>>(new Set()); // "id:column" of texts to read again
export const changes = new Live(0); // counts `status` events, for pages that show more than rows

const later = (task: () => void, ms: number) => {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
};

export const store: Store = new Store({ api, later, now: () => performance.now(), read: (rows) => autosave?.offer(rows) });
export let schema: Schema;
export let autosave: Autosave;

const kept = (name: string) => `carnet:${name}`;
export const remembered = (name: string): string | null => localStorage.getItem(kept(name));
export const remember = (name: string, value: string): void => localStorage.setItem(kept(name), value);

export async function start(): Promise<void> {
  try {
    const known = await patiently(api.device);
    const wished = remembered("language");
    const speaks = languages.find((each) => each === wished) ?? known.language;
    await patiently(() => learn(speaks));
    language.now = speaks;
    if (known.state !== "new") await open(known);
    device.now = known;
  } catch (error) {
    if (!isLocked(error)) throw error;
    await patiently(() => learn(language.now)); // in which the page says so
    contact.now = "locked";
  }
}

const isLocked = (error: unknown) => error instanceof ApiError && error.status === 401;
const knock_every_ms = 1000;

// Asks until there is an answer.
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      contact.now = "here";
      return answer;
    } catch (error) {
      if (isLocked(error)) throw error;
      contact.now = "away";
      await new Promise((resume) => later(() => resume(null), knock_every_ms));
    }
  }
}

async function open(known: Device): Promise<void> {
  schema = new Schema((await patiently(api.schema)).tables);
  chooseSpace(known.spaces ?? []);
  const tab = Math.random().toString(36).slice(2);
  autosave = new Autosave({
    api, later, tab,
    now: () => Date.now() / 1000,
    shelf: localStorage,
    prefix: kept(`${known.device}${known.sample ? "-sample" : ""}:unsaved:`),
    othersAlive: tabsAlive(tab),
    isText: (table, column) => schema.find(table, column)?.type === "prose",
    complaint: (table, column, value) => complaint(schema.column(table, column), value, common[language.now].complaint),
    missing: (table, fields) => schema.missing(table, fields),
    show: (row) => store.show(row),
    overlay: (...over) => store.overlay(...over),
  });
  void autosave.start();
  hear();
  addEventListener("pagehide", () => autosave.flush());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && autosave.flush());
}

function hear(): void {
  const events = listen({
    connected() {
      contact.now = "here";
      hearing.now = true;
      store.changed();
      changes.now = changes.now + 1;
      autosave.flush();
      void count();
    },
    lost() {
      hearing.now = false;
      if (contact.now === "here") contact.now = "away";
      api.device().catch((error) => { if (isLocked(error)) contact.now = "locked"; });
    },
    rows(tables) {
      store.changed(tables);
      void countRereads();
    },
    sync(event) {
      syncing.now = event;
      if (event.state !== "running") void count();
    },
    status() {
      changes.now = changes.now + 1;
      void count();
      void api.device().then((known) => { if (known.state !== "new") device.now = known; }, () => {});
    },
  });
  addEventListener("online", () => events.again());
}

async function count(): Promise<void> {
  try {
    conflicts.now = (await api.conflicts()).length;
  } catch {}
  await countRereads();
}
async function countRereads(): Promise<void> {
  try {
    rereads.now = new Set((await api.rereads()).map((each) => `${each.id}:${each.column}`));
  } catch {}
}

function chooseSpace(spaces: Space[]): void {
  const before = Number(remembered("space"));
  const first = spaces.find((each) => each.kind === "partnership") ?? spaces[0];
  space.now = spaces.find((each) => each.space === before)?.space ?? first?.space ?? 0;
}
export function goToSpace(number: number): void {
  space.now = number;
  remember("space", String(number));
}

export async function speak(to: Language): Promise<void> {
  try {
    await learn(to);
  } catch (error) {
    return complain(error);
  }
  language.now = to;
  remember("language", to);
  const here = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  if (here && device.now?.state !== "new") api.set({ language: to }).catch(() => {}); // errors of the server, too; a phone chooses for itself
}

// Whether this device may write rows of the table in the space.
export function mayWrite(table: string, of: number): boolean {
  const known = device.now;
  const role = known?.spaces?.find((each) => each.space === of)?.role;
  if (known?.state === "damaged" || role === undefined || role === "reader") return false;
  return role !== "coach" || schema.table(table).coached;
}

// Deletes at once, and offers to bring it back.
export async function remove(row: Row): Promise<void> {
  const words = () => common[language.now].toast;
  if (!autosave.forget(row.id)) return;
  store.hide(row.table, row.id, true);
  try {
    await api.remove(row.id);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) {
      store.hide(row.table, row.id, false);
      return complain(error);
    }
  }
  toast(words().removed, {
    label: words().undo,
    async act() {
      try {
        store.show((await api.revive(row.id)).row);
      } catch (error) {
        complain(error);
      }
    },
  });
}

// Says what went wrong with something that was asked for by a button.
export function complain(error: unknown): void {
  if (error instanceof Away) toast(common[language.now].away);
  else if (error instanceof ApiError) toast(error.message);
  else throw error;
}
