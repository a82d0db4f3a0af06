// The declaration of what people write, as the server gives it: forms, labels and checks derive from it.
import type { Cell, Column, Fields, Label, Table } from "./api";
import type { Common } from "./words/fr";

export class Schema {
  readonly #tables = new Map<string, Table>();
  readonly #numbers = new Map<number, Table>();

  constructor(tables: Table[]) {
    for (const table of tables) {
      this.#tables.set(table.name, table);
      this.#numbers.set(table.number, table);
    }
  }

  has(table: string): boolean {
    return this.#tables.has(table);
  }
  table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`the schema has no table ${name}`);
    return table;
  }
  numbered(number: number): Table | undefined {
    return this.#numbers.get(number);
  }
  column(table: string, name: string): Column {
    const column = this.table(table).columns.find((each) => each.name === name);
    if (!column) throw new Error(`the schema has no column ${table}.${name}`);
    return column;
  }
  find(table: string, name: string): Column | undefined {
    return this.#tables.get(table)?.columns.find((each) => each.name === name);
  }
  // The tables whose rows are parts of this table's rows.
  parts(table: string): { table: Table; by: Column }[] {
    const parts: { table: Table; by: Column }[] = [];
    for (const each of this.#tables.values())
      for (const column of each.columns) if (column.owner && column.target === table) parts.push({ table: each, by: column });
    return parts;
  }
  missing(table: string, fields: Fields): boolean {
    return this.table(table).columns.some((column) => column.required && isBlank(fields[column.name]));
  }
}

export function isBlank(value: Cell | undefined): boolean {
  return value === null || value === undefined || (typeof value === "string" && value.trim() === "");
}

const longest_line = 500, largest_text_bytes = 1 << 20;

// What the declaration has against a value, in words; the server checks the same again.
export function complaint(column: Column, value: Cell, words: Common["complaint"]): string | null {
  if (isBlank(value)) return column.required ? words.required : null;
  const text = String(value);
  if (column.type === "integer" || column.type === "real") {
    if (typeof value !== "number" || !Number.isFinite(value)) return words.number;
    if (column.type === "integer" && !Number.isInteger(value)) return words.whole;
    const { min = 0, max = 0 } = column;
    return (min !== 0 || max !== 0) && (value < min || value > max) ? words.between(min, max) : null;
  }
  if (column.type === "line") {
    if (/[\r\n]/.test(text)) return words.oneLine;
    const most = column.max || longest_line;
    return [...text].length > most ? words.tooLong(most) : null;
  }
  if (column.type === "prose") return new TextEncoder().encode(text).length > largest_text_bytes ? words.tooLarge : null;
  if (column.type === "date") return /^\d{4}-\d\d-\d\d$/.test(text) ? null : words.date;
  if (column.type === "time") return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? null : words.time;
  if (column.type === "code") return column.choices?.some((choice) => choice.code === text) ? null : words.choice;
  return null;
}

export type { Label };
