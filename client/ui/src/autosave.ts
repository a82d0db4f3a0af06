// All that is typed on this page: a form for each row (form.ts), what is not saved yet kept on this device until the server has it, fresh
// ids for new rows, and one state for all of it. A form lives as long as somebody shows it or it holds something unsaved.
import type { Api, Fields, Row } from "./api";
import { Form, type Kept, type SaveState, type Surroundings } from "./form";
import { Live } from "./live";

export interface Shelf {
  // localStorage, or what stands for it
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface AutosaveSurroundings {
  api: Surroundings["api"] & Pick<Api, "ids">;
  later: Surroundings["later"];
  now: Surroundings["now"];
  shelf: Shelf;
  prefix: string; // of what this replica's pages keep
  tab: string;
  othersAlive(): Promise<Set<string>>; // tabs that look after what they kept themselves
  isText: Surroundings["isText"];
  complaint: Surroundings["complaint"];
  missing: Surroundings["missing"];
  show(row: Row): void;
  overlay(table: string, id: number, space: number, fields: Fields | null): void;
}

const ids_at_hand = 40, ids_low = 15;

export class Autosave {
  readonly state = new Live<SaveState>("saved");
  readonly ready = new Live(false); // ids are at hand: new rows may be begun
  readonly #forms = new Map<string, Form>();
  readonly #shown = new Map<string, number>();
  readonly #drafts = new Map<string, number>();
  #ids: number[] = [];
  #fetching = false;
  #begun = 0;
  readonly #around: AutosaveSurroundings;

  constructor(around: AutosaveSurroundings) {
    this.#around = around;
  }

  async start(): Promise<void> {
    await this.#adopt();
    await this.#fetchIds();
  }

  // The form of a row that is there.
  of(row: Row): Form {
    const form = this.#form(`#${row.id}`, row.table, row.space, row.id, true, {});
    form.seed(row);
    return form;
  }

  // The form of a row that begins with the first input. The same place on the page gets the same id until it was written in.
  draft(place: string, table: string, space: number, preset: Fields): Form | null {
    const begun = this.#drafts.get(place);
    const id = begun ?? this.#ids.shift();
    if (id === undefined) {
      this.ready.now = false;
      void this.#fetchIds();
      return null;
    }
    this.#drafts.set(place, id);
    if (this.#ids.length < ids_low) void this.#fetchIds();
    return this.#form(`#${id}`, table, space, id, false, preset);
  }
  // A new row of a list, which shows it at once.
  begin(table: string, space: number, preset: Fields): Form | null {
    const form = this.draft(`begun ${++this.#begun}`, table, space, preset);
    if (form) this.#around.overlay(table, form.id!, space, preset);
    return form;
  }

  // The form of a keyed row, which may be there or not.
  keyed(table: string, space: number, keys: Fields, row: Row | undefined): Form {
    const key = [table, space, ...Object.entries(keys).map(([column, value]) => `${column}=${value}`)].join("|");
    const form = this.#form(key, table, space, row?.id ?? null, row !== undefined, keys);
    if (row && !form.exists) form.offer(row); // it came from elsewhere
    if (row) form.seed(row);
    return form;
  }

  // The rows that a new one names come first: those that are only begun here are made now.
  async stand(preset: Fields): Promise<boolean> {
    const all = await Promise.all(this.#begunAmong(preset).map((form) => form.stand()));
    return all.every(Boolean);
  }
  mayStand(preset: Fields): boolean {
    return this.#begunAmong(preset).every((form) => form.mayStand);
  }
  #begunAmong(preset: Fields): Form[] {
    const ids = new Set(Object.values(preset));
    return [...this.#forms.values()].filter((form) => !form.exists && form.id !== null && ids.has(form.id));
  }

  hold(form: Form): () => void {
    this.#forms.set(form.key, form);
    this.#shown.set(form.key, (this.#shown.get(form.key) ?? 0) + 1);
    return () => {
      const left = (this.#shown.get(form.key) ?? 1) - 1;
      if (left > 0) this.#shown.set(form.key, left);
      else this.#shown.delete(form.key);
      void form.save();
      this.#tidy(form);
    };
  }

  // The store has read rows anew.
  offer(rows: Iterable<Row>): void {
    const open = new Map([...this.#forms.values()].filter((form) => form.id !== null).map((form) => [form.id, form]));
    if (open.size === 0) return;
    for (const row of rows) open.get(row.id)?.offer(row);
  }

  // Everything at once: the page closes, or the server is back.
  flush(): void {
    for (const form of this.#forms.values()) if (form.dirty) void form.save();
  }

  // The row is deleted here. Returns whether the server may have it.
  forget(id: number): boolean {
    const begun = [...this.#forms.values()].some((form) => form.id === id && !form.exists && !form.dirty);
    for (const form of this.#forms.values())
      if (form.id === id) {
        form.forget();
        this.#drop(form);
      }
    return !begun;
  }

  #form(key: string, table: string, space: number, id: number | null, exists: boolean, preset: Fields): Form {
    let form = this.#forms.get(key);
    if (!form) {
      const { api, later, now, isText, complaint, missing, show } = this.#around;
      const keep = (of: string, kept: Kept | null) => this.#keep(of, kept);
      form = new Form(key, table, space, id, exists, preset, { api, later, now, keep, isText, complaint, missing, show, stand: (named) => this.stand(named), changed: (f) => this.#changed(f) });
      this.#forms.set(key, form);
    }
    return form;
  }

  #changed(form: Form): void {
    const states = [...this.#forms.values()].map((each) => each.state);
    this.state.now = (["refused", "local", "saving"] as const).find((state) => states.includes(state)) ?? "saved";
    if (form.exists) this.#place(form.id); // a new row was made: its place may have another one
    if (form.id !== null && form.state !== "saving" && (form.dirty || form.exists)) this.#around.overlay(form.table, form.id, form.space, form.dirty ? form.unsaved() : null);
    this.#tidy(form);
  }

  #tidy(form: Form): void {
    if (!this.#shown.has(form.key) && !form.dirty && form.state === "saved") this.#drop(form);
  }
  #drop(form: Form): void {
    this.#forms.delete(form.key);
    this.#place(form.id);
    if (form.id !== null) this.#around.overlay(form.table, form.id, form.space, null);
  }
  #place(id: number | null): void {
    for (const [place, of] of this.#drafts) if (of === id) this.#drafts.delete(place);
  }

  #shelfKey(key: string): string {
    return `${this.#around.prefix}${key}`;
  }
  #keep(key: string, kept: Kept | null): void {
    if (kept === null) return this.#around.shelf.removeItem(this.#shelfKey(key));
    try {
      this.#around.shelf.setItem(this.#shelfKey(key), JSON.stringify({ ...kept, tab: this.#around.tab }));
    } catch {} // the shelf is full: the server has it in a moment
  }

  // What earlier pages of this browser could not save: a tab that is still open looks after its own.
  async #adopt(): Promise<void> {
    const { shelf, prefix } = this.#around;
    const keys = Array.from({ length: shelf.length }, (_, index) => shelf.key(index) ?? "").filter((key) => key.startsWith(prefix));
    if (keys.length === 0) return;
    const alive = await this.#around.othersAlive();
    for (const key of keys) {
      const kept = readKept(shelf.getItem(key));
      if (!kept || alive.has(kept.tab)) continue;
      this.#form(key.slice(prefix.length), kept.table, kept.space, kept.id, kept.exists, kept.preset).restore(kept);
    }
  }

  async #fetchIds(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      this.#ids.push(...(await this.#around.api.ids(ids_at_hand)).ids);
      this.ready.now = true;
    } catch {
      this.#around.later(() => void this.#fetchIds(), 1000);
    } finally {
      this.#fetching = false;
    }
  }
}

function readKept(text: string | null): (Kept & { tab: string }) | null {
  try {
    return text === null ? null : (JSON.parse(text) as Kept & { tab: string });
  } catch {
    return null;
  }
}
