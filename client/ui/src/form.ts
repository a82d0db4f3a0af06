// One row as it stands in the forms of this page, and how it is saved: one request at a time, for ever, whatever is lost on the way. What it
// holds is in held.ts. Pure logic: clock, storage and server come from outside (`Surroundings`).
import { ApiError, Away, type Api, type Cell, type Fields, type Row, type Standing } from "./api";
import { answered, Held, isDirty, same, type Field, type KeptField } from "./held";
import { Live } from "./live";

export type SaveState = "saved" | "saving" | "local" | "refused";

export interface Surroundings {
  api: Pick<Api, "row" | "rows" | "add" | "patch" | "revive" | "history">;
  now(): number; // unix seconds
  later(task: () => void, ms: number): () => void; // returns what calls it off
  keep(key: string, kept: Kept | null): void; // what is unsaved, on this device, until the server has it
  isText(table: string, column: string): boolean;
  complaint(table: string, column: string, value: Cell): string | null; // what the schema has against a value
  missing(table: string, fields: Fields): boolean; // a required cell is still empty
  stand(preset: Fields): Promise<boolean>; // the rows that a new one names are at the server
  show(row: Row): void; // what stands now
  changed(form: Form): void;
}

export interface Kept {
  table: string;
  space: number;
  id: number | null;
  exists: boolean;
  preset: Fields;
  at: number; // unix seconds
  fields: Record<string, KeptField>;
}

export const pause_ms = 300;
const longest_unsaved_ms = 600; // of somebody who types without a pause: with the save itself less than a second, also on a busy machine
const first_retry_ms = 500, longest_retry_ms = 5000;
const most_steps = 50; // of one save; more of them would mean that the server never takes what it says it took

export class Form {
  readonly live = new Live(0);
  state: SaveState = "saved";
  problem: string | null = null; // of the row as a whole, in the server's words
  readonly #preset: Fields;
  readonly #around: Surroundings;
  readonly #held: Held;
  #callOff: (() => void) | null = null;
  #callOffLast: (() => void) | null = null;
  #running = false;
  #missed = false; // the store read the row while a request was under way: nobody knows which of both is newer
  #gone = false;
  #wanted = false; // a part of the row is written before anything in it
  #retry = first_retry_ms;

  constructor(
    readonly key: string,
    readonly table: string,
    readonly space: number,
    public id: number | null,
    public exists: boolean,
    preset: Fields,
    around: Surroundings,
  ) {
    this.#preset = preset;
    this.#around = around;
    this.#held = new Held((column) => around.isText(table, column));
  }

  value(column: string): Cell {
    const field = this.#held.get(column);
    return field ? field.value : (this.#preset[column] ?? null);
  }
  complaint(column: string): string | null {
    return this.#held.get(column)?.complaint ?? null;
  }
  merged(column: string): boolean {
    return this.#held.get(column)?.merged ?? false;
  }
  isDirty(column: string): boolean {
    const field = this.#held.get(column);
    return field !== undefined && isDirty(field);
  }
  get dirty(): boolean {
    return this.#held.dirty;
  }
  // What others on this page should see of it before the server has it.
  unsaved(): Fields {
    return { ...(this.exists ? {} : this.#preset), ...this.#held.unsaved() };
  }

  set(column: string, value: Cell): void {
    const field = this.#field(column);
    if (value === "") value = null;
    if (same(field.value, value)) return;
    field.value = value;
    field.complaint = this.#around.complaint(this.table, column, value);
    this.problem = null;
    this.#remember();
    this.#tell(this.#sendable() ? this.#trying() : this.#running ? this.state : this.#idleState());
    this.#after(pause_ms);
    this.#callOffLast ??= this.#around.later(() => void this.save(), longest_unsaved_ms);
  }

  compose(column: string, on: boolean): void {
    const field = this.#field(column);
    field.composing = on;
    if (!on && this.exists && !this.dirty && this.id !== null) void this.#refresh();
  }

  // The store has read the row. What the form changed stays; a text that was opened at a version is asked for with its new one.
  offer(row: Row): void {
    this.exists = true;
    this.id = row.id;
    if (this.#running) {
      this.#missed = true;
      return;
    }
    const ask = this.#held.offer(row);
    this.#tell(this.state);
    if (ask) void this.#refresh();
  }

  // Somebody opens the form: asks for versions, so that the first save needs one request only.
  opened(): void {
    if (this.exists && this.id !== null && !this.#running && this.#held.unopened) void this.#refresh();
  }

  // Begins a field from what a list showed.
  seed(row: Row | Fields): void {
    for (const [column, value] of Object.entries(row)) if (column !== "id" && column !== "table" && column !== "space") this.#field(column, value);
  }

  restore(kept: Kept): void {
    for (const [column, { value, ...rest }] of Object.entries(kept.fields)) {
      const field = Object.assign(this.#field(column), { value, ...rest, keptAt: kept.at });
      field.complaint = this.#around.complaint(this.table, column, value);
    }
    this.#tell("local");
    this.#after(0);
  }

  // What was refused is given up: the form shows what stands.
  discard(): void {
    this.#held.discard();
    this.problem = null;
    this.#remember();
    this.#tell("saved");
  }

  // The row is deleted by this page: nothing more is sent.
  forget(): void {
    this.#gone = true;
    this.#callOffTimers();
    this.#around.keep(this.key, null);
    this.#tell("saved");
  }

  // Whether it can be a row already.
  get mayStand(): boolean {
    return this.exists || !this.#around.missing(this.table, { ...this.#preset, ...this.unsaved() });
  }
  // Makes it a row, even if nothing was written in it yet.
  async stand(): Promise<boolean> {
    this.#wanted = true;
    await this.save();
    return this.exists;
  }

  // At once, without the pause: on leaving a field, on closing the page, and when the server is back.
  async save(): Promise<void> {
    this.#callOffTimers();
    if (this.#running || this.#gone) return;
    this.#running = true;
    try {
      for (let steps = 0; !this.#gone && this.#sendable(); ++steps) {
        if (steps === most_steps) throw new Away();
        this.#tell(this.#trying());
        await this.#step();
        this.problem = null;
      }
      this.#retry = first_retry_ms;
      this.#tell(this.#idleState());
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Away)) throw error;
      this.#failed(error);
    } finally {
      this.#running = false;
      this.#remember();
      this.#catchUp();
    }
  }

  async #step(): Promise<void> {
    if (!this.exists) await this.#create();
    else {
      if (this.#held.unsure) await this.#refreshNow();
      await this.#patch();
    }
  }

  async #create(): Promise<void> {
    if (await this.#find()) return;
    if (!(await this.#around.stand(this.#preset))) throw new Away();
    const { fields } = this.#send((field) => !same(field.value, null));
    const wish = { table: this.table, space: this.space, fields: { ...this.#preset, ...fields } };
    const standing = await this.#around.api.add(this.id === null ? wish : { ...wish, id: this.id });
    this.exists = true;
    this.id = standing.row.id;
    this.#settle(fields, { ...standing, saved: standing.versions });
  }

  // A keyed row may have come from elsewhere since the page was drawn, and another one may have been made by a request without answer.
  async #find(): Promise<boolean> {
    if (this.id !== null) {
      if (!this.#held.mayHaveArrived) return false;
      try {
        await this.#reconcile(await this.#around.api.row(this.id));
        return (this.exists = true);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      }
    }
    const found = (await this.#around.api.rows([this.table], { space: this.space, ...(this.#preset as Record<string, string | number>) }))[this.table]?.[0];
    if (!found) return false;
    this.exists = true;
    this.id = found.id;
    return true;
  }

  async #patch(): Promise<void> {
    const { fields, opened_at } = this.#send(isDirty);
    if (Object.keys(fields).length === 0) return;
    try {
      this.#settle(fields, await this.#around.api.patch(this.id!, fields, opened_at));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 409) await this.#reopen();
      else if (error.status === 404) await this.#revive();
      else throw error;
    }
  }

  // What leaves is remembered as such before it leaves.
  #send(which: (field: Field) => boolean): ReturnType<Held["send"]> {
    const sent = this.#held.send(this.#around.now(), which);
    this.#remember();
    return sent;
  }
  #settle(sent: Fields, standing: Standing): void {
    this.#held.settle(sent, standing);
    this.#stands(standing);
  }
  // An answer was lost, or a text was typed in before its version was known.
  async #reconcile(standing: Standing): Promise<void> {
    const unclear = this.#held.unclear(standing);
    const history = unclear.length > 0 ? await this.#around.api.history(standing.row.id) : [];
    this.#held.reconcile(standing, this.#held.arrived(unclear, history));
    this.#stands(standing);
  }
  #stands({ row }: Standing): void {
    this.#around.show(row);
    this.#tell(this.state);
  }

  // The version is not known any more (409): the same edit, upon what stands now.
  async #reopen(): Promise<void> {
    this.#held.forgetVersions();
    await this.#refreshNow();
  }

  // Somebody deleted the row while it was written in here: an edit beats a deletion that it did not know of.
  async #revive(): Promise<void> {
    try {
      await this.#around.api.revive(this.id!);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) throw new ApiError(410, error.code, error.message, null);
      throw error;
    }
    await this.#refreshNow();
  }

  async #refreshNow(): Promise<void> {
    try {
      await this.#reconcile(await this.#around.api.row(this.id!));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      await this.#revive();
    }
  }

  async #refresh(): Promise<void> {
    this.#running = true;
    try {
      await this.#reconcile(await this.#around.api.row(this.id!));
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Away)) throw error;
    } finally {
      this.#running = false;
    }
    if (this.state !== "saved") this.#after(pause_ms);
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#missed && !this.#gone) void this.#refresh();
    this.#missed = false;
  }

  #failed(error: ApiError | Away): void {
    const final = error instanceof ApiError && [400, 403, 410, 413, 415, 422].includes(error.status);
    if (!final) {
      if (error instanceof ApiError) this.problem = error.message;
      this.#tell("local");
      this.#after(this.#retry);
      this.#retry = Math.min(this.#retry * 2, longest_retry_ms);
      return;
    }
    const isGiven = error.column === null || (!this.exists && error.column in this.#preset); // by the page, and goes with each attempt
    const refused = isGiven ? undefined : this.#held.get(error.column!);
    if (refused) refused.complaint = error.message;
    else this.problem = error.message;
    this.#held.all().forEach(answered);
    this.#tell("refused");
    if (refused) this.#after(0); // the other cells go without it
  }

  #field(column: string, value: Cell = this.#preset[column] ?? null): Field {
    return this.#held.hold(column, value, this.exists || column in this.#preset ? value : null);
  }
  #sendable(): boolean {
    if (this.problem !== null && this.state === "refused") return false;
    return (this.#held.sendable || (this.#wanted && !this.exists)) && this.mayStand;
  }
  #trying(): SaveState {
    return this.#retry > first_retry_ms ? "local" : "saving";
  }
  #idleState(): SaveState {
    if (this.#held.all().some((field) => field.complaint !== null) || this.problem !== null) return "refused";
    return this.dirty ? "local" : "saved";
  }

  #callOffTimers(): void {
    this.#callOff?.();
    this.#callOffLast?.();
    this.#callOff = this.#callOffLast = null;
  }
  #after(ms: number): void {
    this.#callOff?.();
    this.#callOff = this.#around.later(() => void this.save(), ms);
  }
  #remember(): void {
    if (this.#gone) return;
    const fields = this.#held.kept();
    const kept = { table: this.table, space: this.space, id: this.id, exists: this.exists, preset: this.#preset, at: this.#around.now(), fields };
    this.#around.keep(this.key, Object.keys(fields).length === 0 ? null : kept);
  }
  #tell(state: SaveState): void {
    this.state = state;
    this.live.now = this.live.now + 1;
    this.#around.changed(this);
  }
}
