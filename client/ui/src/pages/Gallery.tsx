// All photos, sounds and clips of a visit and of whatever is part of it, by day.
import { useEffect, useMemo } from "preact/hooks";
import type { Row } from "../api";
import { mayWrite, schema, store } from "../app";
import { useAllRows, useLive, useWords } from "../hooks";
import { Adds, Strip } from "../Media";
import { isBlank } from "../schema";
import { VisitSheet } from "../VisitSheet";
import { dayInWords } from "../words";
import { mediaWords } from "../words/pages/media";

export function Gallery({ params }: { params: Record<string, string> }) {
  const own = useWords(mediaWords);
  return (
    <VisitSheet page="gallery" table="media" title={own.gallery} lead={own.galleryLead} tool="visit" wanted={params.id}>
      {(visit) => <Days key={visit.id} visit={visit} />}
    </VisitSheet>
  );
}

// The tables of a visit's parts, and of theirs, each behind what it is part of.
function partsOf(table: string): { table: string; by: string; of: string }[] {
  return schema.parts(table).flatMap(({ table: part, by }) => [{ table: part.name, by: by.name, of: table }, ...partsOf(part.name)]);
}

function useDays(visit: Row): { day: string; rows: Row[] }[] | null {
  const parts = useMemo(() => partsOf("visit"), []);
  useEffect(() => store.follow(parts.map(({ table }) => table)), [parts]);
  const read = parts.map(({ table }) => useLive(store.live(table)));
  const media = useAllRows("media");
  return useMemo(() => {
    if (!media || read.some((rows) => rows === null)) return null;
    const rows = new Map<string, Row>([[`visit ${visit.id}`, visit]]);
    parts.forEach(({ table, by, of }, index) => { for (const row of read[index]!) if (rows.has(`${of} ${row[by]}`)) rows.set(`${table} ${row.id}`, row); });
    const days = new Map<string, Row[]>();
    for (const each of media) {
      const about = rows.get(`${schema.numbered(Number(each.about_table))?.name} ${each.about}`);
      if (!about) continue;
      const day = String([about.day, each.taken_on].find((cell) => !isBlank(cell)) ?? "");
      days.set(day, [...(days.get(day) ?? []), each]);
    }
    return [...days].sort(([a], [b]) => a.localeCompare(b)).map(([day, of]) => ({ day, rows: of }));
  }, [media, visit, ...read]);
}

function Days({ visit }: { visit: Row }) {
  const own = useWords(mediaWords);
  const days = useDays(visit);
  if (!days) return null;
  return (
    <>
      {days.length === 0 && <p>{own.galleryNone}</p>}
      {days.map(({ day, rows }) => (
        <section key={day} class="gallery-day">
          <h2>{day ? dayInWords(day) : own.noDay}</h2>
          <Strip rows={rows} />
        </section>
      ))}
      {mayWrite("media", visit.space) && <><h2>{own.ofVisit}</h2><Adds of={visit} /></>}
    </>
  );
}
