// The language of the pages, and dates and numbers as it writes them. Words of a single page stand in words/pages/.
import { Live } from "../live";
import { languageNames, languages, type Language } from "./languages";
import { commonWords as common } from "./pages/common";

export { common, languageNames, languages, type Language };
export type Words<T> = Record<Language, T>;

export const language = new Live<Language>("fr");

const locales: Record<Language, string> = { fr: "fr", nl: "nl-BE", en: "en-GB" };
const formats = new Map<string, Intl.DateTimeFormat>();

function write(date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = language.now + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locales[language.now], options)));
  return format.format(date);
}

const noon = (day: string) => new Date(`${day}T12:00:00Z`);

// "lundi 10 mars 2025"; short: "10 mars 2025"
export const dayInWords = (day: string) => write(noon(day), { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
export const dayShort = (day: string) => write(noon(day), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
export const monthShort = (day: string) => write(noon(day), { month: "short", year: "2-digit", timeZone: "UTC" });
export const weekday = (day: string) => write(noon(day), { weekday: "short", timeZone: "UTC" });
export const dayOfMonth = (day: string) => write(noon(day), { day: "numeric", timeZone: "UTC" });
// Of unix seconds, at the time of this machine.
export const moment = (seconds: number) => write(new Date(seconds * 1000), { dateStyle: "medium", timeStyle: "short" });
export const number = (value: number, digits = 0) =>
  new Intl.NumberFormat(locales[language.now], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

const units = { fr: ["o", "ko", "Mo"], nl: ["B", "kB", "MB"], en: ["B", "kB", "MB"] } as const;

export function bytes(count: number): string {
  const [unit, thousands, millions] = units[language.now];
  if (count < 1000) return `${number(count)}\u00a0${unit}`;
  return count < 1_000_000 ? `${number(count / 1000, count < 10_000 ? 1 : 0)}\u00a0${thousands}` : `${number(count / 1_000_000, 1)}\u00a0${millions}`;
}
export const francs = (amount: number | null): string | null => (amount === null ? null : number(amount, amount < 100 ? 2 : 0));

// The day here and now, and days beside it.
export function today(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
export function dayBeside(day: string, days: number): string {
  const date = noon(day);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

// Accents and case aside, for finding by what people type.
export const plain = (text: string) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
