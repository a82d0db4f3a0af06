// A cell as people read it: codes by their label, references by the name of the row, dates in words.
import type { Cell } from "./api";
import { schema, store } from "./app";
import { isBlank } from "./schema";
import { titleOf } from "./titles";
import { blobName } from "./media/known";
import { bytes, dayShort, language, number } from "./words";

export function columnLabel(table: string, column: string | null): string {
  const declared = column === null ? undefined : schema.find(table, column);
  return declared?.label[language.now] ?? schema.table(table).label[language.now];
}

export function readable(table: string, column: string | null, value: Cell): string {
  if (isBlank(value)) return "—";
  const declared = column === null ? undefined : schema.find(table, column);
  if (!declared) return String(value);
  switch (declared.type) {
    case "code": return declared.choices?.find((choice) => choice.code === value)?.label[language.now] ?? String(value);
    case "date": return dayShort(String(value));
    case "integer": return number(Number(value));
    case "real": return declared.name === "position" ? String(value) : number(Number(value), Number.isInteger(value) ? 0 : 2);
    case "media": { const name = blobName(value); return name ? `${name.type}, ${bytes(name.bytes)}` : String(value); }
    case "preview": return declared.label[language.now];
    case "reference": {
      const row = declared.target ? store.find(declared.target, Number(value)) : undefined;
      return row ? titleOf(row) : String(value);
    }
    default: return String(value);
  }
}
