// One row as it stands in the forms of this page, and how it is saved: one request at a time, for ever, whatever is lost on the way.
// Of each column it knows what the form holds (`value`), what stands (`base`) and, of a text, the version that base is (API.md, PATCH).
// Pure logic: clock, storage and server come from outside (`Surroundings`).
import { ApiError, Away, type Api, type Cell, type Fields, type Row, type Standing } from "./api";
import { Live } from "./live";
import { rebase } from "./text";

export type SaveState = "saved" | "saving" | "local" | "refused";

export interface Surroundings {
  api: Pick<Api, "row" | "rows" | "add" | "patch" | "revive" | "history">;
  now(): number; // unix seconds
  later(task: () => void, ms: number): () => void; // returns what calls it off
  keep(key: string, kept: Kept | null): void; // what is unsaved, on this device, until the server has it
  isText(table: string, column: string): boolean;
  complaint(table: string, column: string, value: Cell): string | null; // what the schema has against a value
  missing(table: string, fields: Fields): boolean; // a required cell is still empty
  show(row: Row): void; // what stands now
  changed(form: Form): void;
}

export interface Kept {
  table: string;
  space: number;
  id: number | null;
  exists: boolean;
  preset: Fields;
  fields: Record<string, { value: Cell; base: Cell; version: string | null; sent?: Cell; sentAt?: number }>;
}

interface Field {
  value: Cell;
  base: Cell;
  version: string | null; // not known until the row was asked for
  sent?: Cell; // what left without an answer so far
  sentAt?: number;
  complaint: string | null;
  merged: boolean; // others' words came in while it was open
  composing: boolean; // the keyboard is in the middle of a word
}

export const pause_ms = 300;
const longest_unsaved_ms = 800; // of somebody who types without a pause
const first_retry_ms = 500, longest_retry_ms = 5000;
const clocks_apart_s = 2; // of the server's history and this page, on one machine
const most_steps = 50; // of one save; more of them would mean that the server never takes what it says it took

export const same = (a: Cell | undefined, b: Cell | undefined) => (a ?? "") === (b ?? "");

export class Form {
  readonly live = new Live(0);
  state: SaveState = "saved";
  problem: string | null = null; // of the row as a whole, in the server's words
  private readonly fields = new Map<string, Field>();
  private callOff: (() => void) | null = null;
  private callOffLast: (() => void) | null = null;
  private running = false;
  private missed: Row | null = null; // read by the store while a request was under way
  private gone = false;
  private retry = first_retry_ms;

  constructor(
    readonly key: string,
    readonly table: string,
    readonly space: number,
    public id: number | null,
    public exists: boolean,
    private readonly preset: Fields,
    private readonly around: Surroundings,
  ) {}

  value(column: string): Cell {
    return this.fields.get(column)?.value ?? this.preset[column] ?? null;
  }
  complaint(column: string): string | null {
    return this.fields.get(column)?.complaint ?? null;
  }
  merged(column: string): boolean {
    return this.fields.get(column)?.merged ?? false;
  }
  isDirty(column: string): boolean {
    const field = this.fields.get(column);
    return field !== undefined && !same(field.value, field.base);
  }
  get dirty(): boolean {
    return [...this.fields.values()].some((field) => !same(field.value, field.base));
  }
  // What others on this page should see of it before the server has it.
  unsaved(): Fields {
    const fields: Fields = this.exists ? {} : { ...this.preset };
    for (const [column, field] of this.fields) if (!same(field.value, field.base)) fields[column] = field.value;
    return fields;
  }

  set(column: string, value: Cell): void {
    const field = this.field(column);
    if (value === "") value = null;
    if (same(field.value, value)) return;
    field.value = value;
    field.complaint = this.around.complaint(this.table, column, value);
    this.problem = null;
    this.remember();
    this.tell(this.running ? this.state : this.sendable() ? this.trying() : this.idleState());
    this.after(pause_ms);
    this.callOffLast ??= this.around.later(() => void this.save(), longest_unsaved_ms);
  }

  compose(column: string, on: boolean): void {
    const field = this.field(column);
    field.composing = on;
    if (!on && this.exists && !this.dirty && this.id !== null) void this.refresh();
  }

  // The store has read the row. What the form changed stays; a text that was opened at a version is asked for with its new one.
  offer(row: Row): void {
    this.exists = true;
    this.id = row.id;
    if (this.running) {
      this.missed = row;
      return;
    }
    let ask = false;
    for (const [column, field] of this.fields) {
      if (same(field.base, row[column]) || !same(field.value, field.base)) continue;
      if (field.version !== null) ask = true;
      else if (!field.composing) field.value = field.base = row[column] ?? null;
    }
    this.tell(this.state);
    if (ask) void this.refresh();
  }

  // Somebody opens the form: asks for versions, so that the first save needs one request only.
  opened(): void {
    if (this.exists && this.id !== null && !this.running && this.texts().some(([, field]) => field.version === null)) void this.refresh();
  }

  // Begins a field from what a list showed.
  seed(row: Row | Fields): void {
    for (const [column, value] of Object.entries(row)) if (column !== "id" && column !== "table" && column !== "space") this.field(column, value);
  }

  restore(kept: Kept): void {
    for (const [column, { value, ...rest }] of Object.entries(kept.fields)) {
      const field = Object.assign(this.field(column), { value, ...rest });
      field.complaint = this.around.complaint(this.table, column, value);
    }
    this.tell("local");
    this.after(0);
  }

  // What was refused is given up: the form shows what stands.
  discard(): void {
    for (const field of this.fields.values()) {
      field.value = field.base;
      field.complaint = null;
    }
    this.problem = null;
    this.remember();
    this.tell("saved");
  }

  // The row is deleted by this page: nothing more is sent.
  forget(): void {
    this.gone = true;
    this.callOffTimers();
    this.around.keep(this.key, null);
    this.tell("saved");
  }

  // At once, without the pause: on leaving a field, on closing the page, and when the server is back.
  async save(): Promise<void> {
    this.callOffTimers();
    if (this.running || this.gone) return;
    this.running = true;
    try {
      for (let steps = 0; !this.gone && this.sendable(); ++steps) {
        if (steps === most_steps) throw new Away();
        this.tell(this.trying());
        await this.step();
        this.problem = null;
      }
      this.retry = first_retry_ms;
      this.tell(this.idleState());
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Away)) throw error;
      this.failed(error);
    } finally {
      this.running = false;
      this.remember();
      this.catchUp();
    }
  }

  private async step(): Promise<void> {
    if (!this.exists) await this.create();
    else {
      if (this.unsure()) await this.refreshNow();
      await this.patch();
    }
  }

  private async create(): Promise<void> {
    if (await this.find()) return;
    const fields = this.send((field) => !same(field.value, null));
    const wish = { table: this.table, space: this.space, fields: { ...this.preset, ...fields } };
    const standing = await this.around.api.add(this.id === null ? wish : { ...wish, id: this.id });
    this.exists = true;
    this.id = standing.row.id;
    this.settle(fields, { ...standing, saved: standing.versions });
  }

  // A keyed row may have come from elsewhere since the page was drawn, and another one may have been made by a request without answer.
  private async find(): Promise<boolean> {
    if (this.id !== null) {
      if (![...this.fields.values()].some((field) => field.sent !== undefined)) return false;
      try {
        await this.reconcile(await this.around.api.row(this.id));
        return (this.exists = true);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      }
    }
    const found = (await this.around.api.rows([this.table], { space: this.space, ...(this.preset as Record<string, string | number>) }))[this.table]?.[0];
    if (!found) return false;
    this.exists = true;
    this.id = found.id;
    return true;
  }

  private async patch(): Promise<void> {
    const fields = this.send((field) => !same(field.value, field.base));
    if (Object.keys(fields).length === 0) return;
    const opened_at: Record<string, string> = {};
    for (const column of Object.keys(fields)) {
      const version = this.fields.get(column)?.version;
      if (version !== null && version !== undefined && this.around.isText(this.table, column)) opened_at[column] = version;
    }
    try {
      this.settle(fields, await this.around.api.patch(this.id!, fields, opened_at));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 409) await this.reopen();
      else if (error.status === 404) await this.revive();
      else throw error;
    }
  }

  private send(which: (field: Field) => boolean): Fields {
    const fields: Fields = {};
    for (const [column, field] of this.fields)
      if (which(field) && field.complaint === null) {
        fields[column] = field.sent = field.value;
        field.sentAt = this.around.now();
      }
    this.remember();
    return fields;
  }

  // The server has taken what was sent.
  private settle(sent: Fields, standing: Standing): void {
    for (const [column, value] of Object.entries(sent)) {
      const field = this.field(column);
      const now = standing.row[column] ?? null;
      delete field.sent;
      delete field.sentAt;
      if (same(field.value, value) && !field.composing) {
        if (this.around.isText(this.table, column) && !same(now, value)) field.merged = true;
        field.value = field.base = now;
        field.version = standing.versions[column] ?? null;
      } else {
        field.base = value;
        field.version = standing.saved?.[column] ?? standing.versions[column] ?? null;
      }
    }
    this.takeClean(standing, sent);
    this.around.show(standing.row);
    this.tell(this.state);
  }

  private takeClean(standing: Standing, except: Fields): void {
    for (const [column, field] of this.fields) {
      if (column in except || !same(field.value, field.base) || field.composing) continue;
      field.value = field.base = standing.row[column] ?? null;
      field.version = standing.versions[column] ?? null;
    }
  }

  // An answer was lost, or a text was typed in before its version was known: what stands decides what is still to be sent.
  private async reconcile(standing: Standing): Promise<void> {
    const arrived = await this.arrivedAmongOthers(standing);
    for (const [column, field] of this.fields) {
      if (same(field.value, field.base)) continue;
      const now = standing.row[column] ?? null;
      const version = standing.versions[column] ?? null;
      const sent = field.sent;
      delete field.sent;
      delete field.sentAt;
      if (!this.around.isText(this.table, column) || field.version === version) continue;
      if (sent !== undefined && same(sent, now)) field.base = now;
      else if (arrived.has(column)) {
        field.base = sent ?? null;
        this.putUpon(field, now);
      } else if (field.version !== null) continue; // others wrote: the server merges what was changed since that version
      else this.putUpon(field, now);
      field.version = version;
    }
    this.takeClean(standing, {});
    this.around.show(standing.row);
    this.tell(this.state);
  }

  // Texts that left without an answer, arrived, and were then written in by others: the history has them as they were sent.
  private async arrivedAmongOthers({ row, versions }: Standing): Promise<Set<string>> {
    const unclear = this.texts().filter(([column, { sent, version }]) => sent !== undefined && version !== null && version !== versions[column] && !same(sent, row[column]));
    if (unclear.length === 0) return new Set();
    const history = await this.around.api.history(row.id);
    const arrived = unclear.filter(([column, { sent, sentAt = 0 }]) =>
      history.some((wording) => wording.column === column && same(wording.value, sent) && wording.written >= sentAt - clocks_apart_s));
    return new Set(arrived.map(([column]) => column));
  }

  private putUpon(field: Field, now: Cell): void {
    if (!same(field.base, now)) {
      field.value = rebase(String(field.base ?? ""), String(field.value ?? ""), String(now ?? ""));
      field.merged = true;
    }
    field.base = now;
  }

  // The version is not known any more (409): the same edit, upon what stands now.
  private async reopen(): Promise<void> {
    for (const [, field] of this.texts()) field.version = null;
    await this.refreshNow();
  }

  // Somebody deleted the row while it was written in here: an edit beats a deletion that it did not know of.
  private async revive(): Promise<void> {
    try {
      await this.around.api.revive(this.id!);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) throw new ApiError(410, error.code, error.message, null);
      throw error;
    }
    await this.refreshNow();
  }

  private async refreshNow(): Promise<void> {
    try {
      await this.reconcile(await this.around.api.row(this.id!));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      await this.revive();
    }
  }

  private async refresh(): Promise<void> {
    this.running = true;
    try {
      await this.reconcile(await this.around.api.row(this.id!));
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Away)) throw error;
    } finally {
      this.running = false;
    }
    if (this.sendable()) this.after(pause_ms);
    this.catchUp();
  }

  private catchUp(): void {
    const row = this.missed;
    this.missed = null;
    if (row && !this.gone) this.offer(row);
  }

  private failed(error: ApiError | Away): void {
    const final = error instanceof ApiError && [400, 403, 410, 413, 415, 422].includes(error.status);
    if (!final) {
      if (error instanceof ApiError) this.problem = error.message;
      this.tell("local");
      this.after(this.retry);
      this.retry = Math.min(this.retry * 2, longest_retry_ms);
      return;
    }
    const refused = error.column === null ? undefined : this.fields.get(error.column);
    if (refused) refused.complaint = error.message;
    else this.problem = error.message;
    for (const field of this.fields.values()) delete field.sent;
    this.tell("refused");
    if (refused) this.after(0); // the other cells go without it
  }

  private field(column: string, value: Cell = this.preset[column] ?? null): Field {
    let field = this.fields.get(column);
    if (!field) {
      field = { value, base: this.exists ? value : null, version: null, complaint: null, merged: false, composing: false };
      if (!this.exists && column in this.preset) field.base = value;
      this.fields.set(column, field);
    }
    return field;
  }
  private texts(): [string, Field][] {
    return [...this.fields].filter(([column]) => this.around.isText(this.table, column));
  }
  private unsure(): boolean {
    return this.id !== null && [...this.fields].some(([column, field]) =>
      !same(field.value, field.base) && (field.sent !== undefined || (field.version === null && this.around.isText(this.table, column))));
  }
  private sendable(): boolean {
    if (this.problem !== null && this.state === "refused") return false;
    const some = [...this.fields.values()].some((field) => !same(field.value, field.base) && field.complaint === null);
    return some && (this.exists || !this.around.missing(this.table, { ...this.preset, ...this.unsaved() }));
  }
  private trying(): SaveState {
    return this.retry > first_retry_ms ? "local" : "saving";
  }
  private idleState(): SaveState {
    if ([...this.fields.values()].some((field) => field.complaint !== null) || this.problem !== null) return "refused";
    return this.dirty ? "local" : "saved";
  }

  private callOffTimers(): void {
    this.callOff?.();
    this.callOffLast?.();
    this.callOff = this.callOffLast = null;
  }
  private after(ms: number): void {
    this.callOff?.();
    this.callOff = this.around.later(() => void this.save(), ms);
  }
  private remember(): void {
    if (this.gone) return;
    const fields: Kept["fields"] = {};
    for (const [column, { value, base, version, sent, sentAt }] of this.fields)
      if (!same(value, base)) fields[column] = { value, base, version, ...(sent === undefined ? {} : { sent, sentAt: sentAt ?? 0 }) };
    const kept = { table: this.table, space: this.space, id: this.id, exists: this.exists, preset: this.preset, fields };
    this.around.keep(this.key, Object.keys(fields).length === 0 ? null : kept);
  }
  private tell(state: SaveState): void {
    this.state = state;
    this.live.now = this.live.now + 1;
    this.around.changed(this);
  }
}
