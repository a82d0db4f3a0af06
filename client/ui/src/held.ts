// What a form holds of each column of one row, beside what stands: which answers change what, and which texts are still to be put upon
// what others wrote. Knows no time and no server.
import type { Cell, Fields, Row, Standing, Versions, Wording } from "./api";
import { difference, rebase } from "./text";

export interface Field {
  value: Cell; // what the form holds
  base: Cell; // what stands, as far as the form knows; of a text: at `version`
  version: string | null; // of a text; not known until the row was asked for
  sent?: Cell; // what left without an answer so far
  sentAt?: number; // unix seconds
  keptAt?: number; // it comes from an earlier page, which may have saved more than it could still keep
  complaint: string | null;
  merged: boolean; // others' words came in while it was open
  composing: boolean; // the keyboard is in the middle of a word
}
export type KeptField = Pick<Field, "value" | "base" | "version" | "sent" | "sentAt">;

const clocks_apart_s = 2; // of the server's history and this page, on one machine

export const same = (a: Cell | undefined, b: Cell | undefined) => (a ?? "") === (b ?? "");
export const isDirty = (field: Field) => !same(field.value, field.base);

export class Held {
  readonly fields = new Map<string, Field>();
  readonly #isText: (column: string) => boolean;

  constructor(isText: (column: string) => boolean) {
    this.#isText = isText;
  }

  get(column: string): Field | undefined {
    return this.fields.get(column);
  }
  hold(column: string, value: Cell, base: Cell): Field {
    let field = this.fields.get(column);
    if (!field) this.fields.set(column, (field = { value, base, version: null, complaint: null, merged: false, composing: false }));
    return field;
  }
  all(): Field[] {
    return [...this.fields.values()];
  }
  get dirty(): boolean {
    return this.all().some(isDirty);
  }
  get sendable(): boolean {
    return this.all().some((field) => isDirty(field) && field.complaint === null);
  }
  // A text was typed in before its version was known, something left without an answer, or comes from an earlier page.
  get unsure(): boolean {
    return [...this.fields].some(([column, field]) => isDirty(field) && (mayHaveArrived(field) || (field.version === null && this.#isText(column))));
  }
  get mayHaveArrived(): boolean {
    return this.all().some(mayHaveArrived);
  }
  get unopened(): boolean {
    return [...this.fields].some(([column, field]) => field.version === null && this.#isText(column));
  }
  unsaved(): Fields {
    return Object.fromEntries([...this.fields].filter(([, field]) => isDirty(field)).map(([column, { value }]) => [column, value]));
  }
  kept(): Record<string, KeptField> {
    const dirty = [...this.fields].filter(([, field]) => isDirty(field));
    return Object.fromEntries(dirty.map(([column, { value, base, version, sent, sentAt }]) => [column, { value, base, version, ...(sent === undefined ? {} : { sent, sentAt: sentAt ?? 0 }) }]));
  }

  // What is to be sent, and from which versions it was written.
  send(now: number, which: (field: Field) => boolean): { fields: Fields; opened_at: Versions } {
    const fields: Fields = {}, opened_at: Versions = {};
    for (const [column, field] of this.fields) {
      if (!which(field) || field.complaint !== null) continue;
      fields[column] = field.sent = field.value;
      field.sentAt = now;
      if (field.version !== null && this.#isText(column)) opened_at[column] = field.version;
    }
    return { fields, opened_at };
  }

  // The server has taken what was sent.
  settle(sent: Fields, standing: Standing): void {
    for (const [column, value] of Object.entries(sent)) {
      const field = this.fields.get(column)!;
      const now = standing.row[column] ?? null;
      answered(field);
      if (same(field.value, value) && !field.composing) {
        if (this.#isText(column) && !same(now, value)) field.merged = true;
        field.value = field.base = now;
        field.version = standing.versions[column] ?? null;
      } else {
        field.base = value;
        field.version = standing.saved?.[column] ?? standing.versions[column] ?? null;
      }
    }
    this.#takeClean(standing, sent);
  }

  // What stands decides what is still to be sent. `arrived`: see below.
  reconcile(standing: Standing, arrived: Map<string, Cell>): void {
    for (const [column, field] of this.fields) {
      if (!isDirty(field)) continue;
      const now = standing.row[column] ?? null, version = standing.versions[column] ?? null, sent = field.sent, there = arrived.get(column);
      answered(field);
      if (there !== undefined && !this.#isText(column)) field.value = field.base = now;
      if (!this.#isText(column) || field.version === version) continue;
      if (sent !== undefined && same(sent, now)) field.base = now;
      else if (there !== undefined) {
        field.base = there;
        putUpon(field, now);
      } else if (field.version !== null) continue; // others wrote: the server merges what was changed since that version
      else putUpon(field, now);
      field.version = version;
    }
    this.#takeClean(standing, {});
  }

  // What may have arrived, without the standing row telling whether it did.
  unclear({ row, versions }: Standing): string[] {
    return [...this.fields].filter(([column, field]) =>
      isDirty(field) && mayHaveArrived(field) && !same(field.sent ?? field.value, row[column]) && !(this.#isText(column) && field.version === versions[column])).map(([column]) => column);
  }
  // What of it did, by the history.
  arrived(unclear: string[], history: Wording[]): Map<string, Cell> {
    const arrived = new Map<string, Cell>();
    for (const column of unclear) {
      const there = arrivedOf(this.fields.get(column)!, this.#isText(column), history.filter((wording) => wording.column === column));
      if (there !== undefined) arrived.set(column, there);
    }
    return arrived;
  }

  // The store has read the row. Whether a text changed that was opened at a version, which is then to be asked for.
  offer(row: Row): boolean {
    let ask = false;
    for (const [column, field] of this.fields) {
      if (same(field.base, row[column]) || isDirty(field)) continue;
      if (field.version !== null) ask = true;
      else if (!field.composing) field.value = field.base = row[column] ?? null;
    }
    return ask;
  }

  forgetVersions(): void {
    for (const field of this.all()) field.version = null;
  }
  discard(): void {
    for (const field of this.all()) {
      field.value = field.base;
      field.complaint = null;
    }
  }

  #takeClean(standing: Standing, except: Fields): void {
    for (const [column, field] of this.fields) {
      if (column in except || isDirty(field) || field.composing) continue;
      field.value = field.base = standing.row[column] ?? null;
      field.version = standing.versions[column] ?? null;
    }
  }
}

const mayHaveArrived = (field: Field) => field.sent !== undefined || field.keptAt !== undefined;

// A text left as it was sent, or a later wording holds what was typed: a browser that lost its power may have kept less than was saved.
// Another cell was written later.
function arrivedOf({ base, value, sent, sentAt = 0, keptAt }: Field, isText: boolean, history: Wording[]): Cell | undefined {
  if (!isText) return keptAt !== undefined && history.some((wording) => wording.written > keptAt) ? value : undefined;
  if (keptAt !== undefined && history.some((wording) => wording.written >= keptAt - clocks_apart_s && holds(wording.value, base, value))) return value;
  return sent !== undefined && history.some((wording) => wording.written >= sentAt - clocks_apart_s && same(wording.value, sent)) ? sent : undefined;
}

// Whether a wording holds, at the same place, what was put into `base`.
function holds(wording: Cell, base: Cell, value: Cell): boolean {
  const { start, put } = difference(String(base ?? ""), String(value ?? ""));
  return put === "" ? same(wording, value) : String(wording ?? "").startsWith(String(value).slice(0, start + put.length));
}

export function answered(field: Field): void {
  delete field.sent;
  delete field.sentAt;
  delete field.keptAt;
}

function putUpon(field: Field, now: Cell): void {
  if (!same(field.base, now)) {
    field.value = rebase(String(field.base ?? ""), String(field.value ?? ""), String(now ?? ""));
    field.merged = true;
  }
  field.base = now;
}
