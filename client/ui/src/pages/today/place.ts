// Where a quick note goes. On a visit: into the journal of the day, or, for a coach, beside the visit. Else it is a comment on the
// partnership of the space, or on its first municipality, or on a visit: what all its members have before them.
import type { Fields, Row } from "../../api";

export interface NotePlace {
  table: "journal_entry" | "comment";
  column: "learned" | "text";
  space: number;
  preset: Fields;
  about: Row;
}

export function notesAbout(partnerships: readonly Row[], organisations: readonly Row[], visits: readonly Row[], space: number): Row | undefined {
  const here = (rows: readonly Row[]) => rows.find((row) => row.space === space);
  return here(partnerships) ?? here(organisations.filter((row) => row.kind === "municipality")) ?? here(organisations) ?? here(visits);
}

export function placeOfNote(visit: Row | undefined, about: Row | undefined, day: string, author: number | null, numberOf: (table: string) => number, may: (table: string, space: number) => boolean): NotePlace | null {
  const by: Fields = author === null ? {} : { author };
  if (visit && may("journal_entry", visit.space))
    return { table: "journal_entry", column: "learned", space: visit.space, preset: { visit: visit.id, day, ...by }, about: visit };
  const on = visit ?? about;
  if (!on || !may("comment", on.space)) return null;
  return { table: "comment", column: "text", space: on.space, preset: { about: on.id, about_table: numberOf(on.table), ...by }, about: on };
}
