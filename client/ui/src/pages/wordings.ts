// The wordings of a question out of the versions of its cell: saving while somebody types leaves many, of which people mean the last. Pure.
import type { Wording } from "../api";

const one_sitting_s = 15 * 60; // without a word for so long, the text was meant as it stood

// The oldest first. What one person wrote in one sitting counts once, as it stood at its end.
export function sittings(history: readonly Wording[], column: string): Wording[] {
  const versions = history.filter((each) => each.column === column).sort((a, b) => a.number - b.number);
  const ends = versions.filter((each, index) => {
    const next = versions[index + 1];
    return !next || next.by !== each.by || next.merged !== each.merged || next.written - each.written > one_sitting_s;
  });
  return ends.filter((each, index) => String(each.value ?? "").trim() !== "" && each.value !== ends[index - 1]?.value);
}

// The wording that was meant before somebody began to change it: the one behind the last that is kept. Where none is kept yet it is the
// first of all; where what is kept is older than what this device knows, the one that stood when the page was opened.
export function earlierWording(sat: readonly string[], kept: readonly string[]): string | null {
  const last = kept[kept.length - 1];
  if (last === undefined) return sat[0] ?? null;
  const place = sat.lastIndexOf(last);
  return (place === -1 ? sat[sat.length - 1] : sat[place + 1]) ?? null;
}
