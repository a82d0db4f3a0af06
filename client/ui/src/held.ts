// What a form holds of each column of one row, beside what stands: which answers change what, and which texts are still to be put upon
// what others wrote. Knows no time and no server.
import type { Cell, Fields, Row, Standing, Versions, Wording } from "./api";
import { rebase } from "./text";

export interface Field {
  value: Cell; // what the form holds
  base: Cell; // what stands, as far as the form knows; of a text: at `version`
  version: string | null; // of a text; not known until the row was asked for
  sent?: Cell; // what left without an answer so far
  sentAt?: number; // unix seconds
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

  constructor(private readonly isText: (column: string) => boolean) {}

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
  // A text was typed in before its version was known, or something left without an answer.
  get unsure(): boolean {
    return [...this.fields].some(([column, field]) => isDirty(field) && (field.sent !== undefined || (field.version === null && this.isText(column))));
  }
  get unopened(): boolean {
    return [...this.fields].some(([column, field]) => field.version === null && this.isText(column));
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
      if (field.version !== null && this.isText(column)) opened_at[column] = field.version;
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
        if (this.isText(column) && !same(now, value)) field.merged = true;
        field.value = field.base = now;
        field.version = standing.versions[column] ?? null;
      } else {
        field.base = value;
        field.version = standing.saved?.[column] ?? standing.versions[column] ?? null;
      }
    }
    this.takeClean(standing, sent);
  }

  // What stands decides what is still to be sent. `arrived`: see below.
  reconcile(standing: Standing, arrived: Set<string>): void {
    for (const [column, field] of this.fields) {
      if (!isDirty(field)) continue;
      const now = standing.row[column] ?? null, version = standing.versions[column] ?? null, sent = field.sent;
      answered(field);
      if (!this.isText(column) || field.version === version) continue;
      if (sent !== undefined && same(sent, now)) field.base = now;
      else if (sent !== undefined && arrived.has(column)) {
        field.base = sent;
        putUpon(field, now);
      } else if (field.version !== null) continue; // others wrote: the server merges what was changed since that version
      else putUpon(field, now);
      field.version = version;
    }
    this.takeClean(standing, {});
  }

  // Texts that left without an answer, and of which the standing wording does not tell whether they arrived.
  unclear({ row, versions }: Standing): string[] {
    return [...this.fields].filter(([column, { sent, version }]) =>
      this.isText(column) && sent !== undefined && version !== null && version !== versions[column] && !same(sent, row[column])).map(([column]) => column);
  }
  // Those of them that did, and were then written in by others: the history has them as they were sent.
  arrived(unclear: string[], history: Wording[]): Set<string> {
    return new Set(unclear.filter((column) => {
      const { sent, sentAt = 0 } = this.fields.get(column)!;
      return history.some((wording) => wording.column === column && same(wording.value, sent) && wording.written >= sentAt - clocks_apart_s);
    }));
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

  private takeClean(standing: Standing, except: Fields): void {
    for (const [column, field] of this.fields) {
      if (column in except || isDirty(field) || field.composing) continue;
      field.value = field.base = standing.row[column] ?? null;
      field.version = standing.versions[column] ?? null;
    }
  }
}

export function answered(field: Field): void {
  delete field.sent;
  delete field.sentAt;
}

function putUpon(field: Field, now: Cell): void {
  if (!same(field.base, now)) {
    field.value = rebase(String(field.base ?? ""), String(field.value ?? ""), String(now ?? ""));
    field.merged = true;
  }
  field.base = now;
}
