// The rows that pages show, by table, as the server has them, with what is unsaved here laid over them. A table is read when somebody
// follows it, and again when the server says that it changed: at once, and then so seldom that reading takes a small part of the time.
import type { Api, Fields, Row } from "./api";
import { Live } from "./live";

interface Sheet {
  rows: Map<number, Row> | null; // as the server has them
  over: Map<number, Row>; // unsaved here: whole rows
  live: Live<readonly Row[] | null>;
  stale: boolean;
}

export interface StoreSurroundings {
  api: Pick<Api, "rows">;
  now(): number;
  later(task: () => void, ms: number): () => void;
  read(rows: Iterable<Row>): void; // told of every row that was read
}

const shortest_rest_ms = 200, longest_rest_ms = 10_000, rest_per_ms = 20;

export class Store {
  readonly #sheets = new Map<string, Sheet>();
  readonly #followed = new Map<string, number>();
  readonly #hidden = new Set<number>();
  readonly #fresher = new Map<number, Row>(); // shown by the answer to a write while a read was under way
  #reading = false;
  #waits = false;
  #hurries = false; // somebody began to follow during a read
  #restUntil = 0;
  readonly #around: StoreSurroundings;

  constructor(around: StoreSurroundings) {
    this.#around = around;
  }

  // null until the table was read.
  live(table: string): Live<readonly Row[] | null> {
    return this.#sheet(table).live;
  }

  follow(tables: readonly string[]): () => void {
    for (const table of tables) this.#followed.set(table, (this.#followed.get(table) ?? 0) + 1);
    if (tables.some((table) => this.#sheet(table).stale)) this.#soon(true);
    return () => {
      for (const table of tables) {
        const left = (this.#followed.get(table) ?? 1) - 1;
        if (left > 0) this.#followed.set(table, left);
        else this.#followed.delete(table);
      }
    };
  }

  // The server says so; without names: everything may have.
  changed(tables: readonly string[] = [...this.#sheets.keys()]): void {
    for (const table of tables) this.#sheet(table).stale = true;
    this.#soon(false);
  }

  find(table: string, id: number): Row | undefined {
    return this.live(table).now?.find((row) => row.id === id);
  }

  // What stands now, by the answer to a write.
  show(row: Row): void {
    this.#hidden.delete(row.id);
    if (this.#reading) this.#fresher.set(row.id, row);
    const sheet = this.#sheet(row.table);
    if (!sheet.rows) return;
    sheet.rows.set(row.id, row);
    this.#draw(sheet);
  }

  overlay(table: string, id: number, space: number, fields: Fields | null): void {
    const sheet = this.#sheet(table);
    if (fields === null && !sheet.over.has(id)) return;
    if (fields === null) sheet.over.delete(id);
    else sheet.over.set(id, { ...sheet.rows?.get(id), ...fields, id, table, space });
    this.#draw(sheet);
  }

  // Deleted here, or brought back.
  hide(table: string, id: number, hidden: boolean): void {
    if (hidden) this.#hidden.add(id);
    else this.#hidden.delete(id);
    this.#draw(this.#sheet(table));
  }

  #sheet(table: string): Sheet {
    let sheet = this.#sheets.get(table);
    if (!sheet) this.#sheets.set(table, (sheet = { rows: null, over: new Map(), live: new Live<readonly Row[] | null>(null), stale: true }));
    return sheet;
  }

  #draw(sheet: Sheet): void {
    if (!sheet.rows) return;
    const rows = [...sheet.rows.values()].map((row) => {
      const over = sheet.over.get(row.id);
      return over ? { ...row, ...over } : row;
    });
    for (const [id, row] of sheet.over) if (!sheet.rows.has(id)) rows.push(row);
    sheet.live.now = rows.filter((row) => !this.#hidden.has(row.id)).sort((a, b) => a.id - b.id);
  }

  #soon(atOnce: boolean): void {
    if (this.#reading) this.#hurries ||= atOnce;
    if (this.#reading || (this.#waits && !atOnce)) return;
    this.#waits = true;
    const rest = atOnce ? 0 : Math.max(0, this.#restUntil - this.#around.now());
    this.#around.later(() => void this.#read(), rest);
  }

  async #read(): Promise<void> {
    this.#waits = false;
    const stale = [...this.#followed.keys()].filter((table) => this.#sheet(table).stale);
    if (this.#reading || stale.length === 0) return;
    this.#reading = true;
    for (const table of stale) this.#sheet(table).stale = false;
    const began = this.#around.now();
    try {
      const answer = await this.#around.api.rows(stale);
      for (const table of stale) this.#take(table, answer[table] ?? []);
    } catch {
      for (const table of stale) this.#sheet(table).stale = true; // read again when the server is back
    }
    this.#reading = false;
    this.#fresher.clear();
    const now = this.#around.now();
    this.#restUntil = now + Math.min(longest_rest_ms, Math.max(shortest_rest_ms, (now - began) * rest_per_ms));
    const hurries = this.#hurries;
    this.#hurries = false;
    if ([...this.#followed.keys()].some((table) => this.#sheet(table).stale)) this.#soon(hurries);
  }

  #take(table: string, read: Row[]): void {
    const sheet = this.#sheet(table);
    sheet.rows = new Map(read.map((row) => [row.id, row]));
    for (const [id, row] of this.#fresher) if (row.table === table) sheet.rows.set(id, row);
    this.#draw(sheet);
    this.#around.read(sheet.rows.values());
  }
}
