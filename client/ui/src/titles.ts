// How a row is called where it stands for itself: in lists, in references, in search.
import type { Row } from "./api";
import { schema, store } from "./app";
import { isBlank } from "./schema";
import { common, dayShort, language } from "./words";

const telling = ["name", "title", "wording", "subject", "text", "objective", "description", "caption", "theme", "learned", "central_question"];
const longest = 90;

export function shorten(text: string, most = longest): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most).replace(/\s+\S*$/, "")}…`;
}

export function titleOf(row: Row): string {
  const column = telling.find((name) => !isBlank(row[name]));
  if (column !== undefined) return shorten(String(row[column]));
  if (row.table === "visit") return visitTitle(row);
  const lines = schema.table(row.table).columns.find(({ name, type }) => (type === "line" || type === "prose") && !isBlank(row[name]));
  if (lines) return shorten(String(row[lines.name]));
  for (const { name, type, target } of schema.table(row.table).columns) {
    const other = type === "reference" && target && typeof row[name] === "number" ? store.find(target, row[name]) : undefined;
    if (other) return titleOf(other);
  }
  return `${schema.table(row.table).label[language.now]}, ${common[language.now].field.unsavedRow.toLowerCase()}`;
}

export function visitTitle(visit: Row): string {
  if (!isBlank(visit.title)) return String(visit.title);
  const host = typeof visit.host === "number" ? store.find("organisation", visit.host) : undefined;
  const parts = [host?.name, isBlank(visit.starts_on) ? null : dayShort(String(visit.starts_on))].filter((part) => !isBlank(part));
  return parts.length > 0 ? parts.join(", ") : schema.table("visit").label[language.now];
}
