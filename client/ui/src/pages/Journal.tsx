// The journal of a visit, whole: what was learned, by day and activity, to read and to correct. Each evening it is written on the page of the day.
import { useMemo, useState } from "preact/hooks";
import type { Row } from "../api";
import { mayWrite, schema } from "../app";
import { Comments } from "../comments";
import { byHour, isWritten } from "../day";
import { Field } from "../fields/Field";
import { Remove } from "../fields/Remove";
import { Growing } from "../growing";
import { Media } from "../Media";
import { mediaAbout } from "../media/known";
import { useAllRows, useCommon, useRowForm, useWords } from "../hooks";
import { inOrder } from "../order";
import { isBlank } from "../schema";
import { SubQuestions } from "../SubQuestions";
import { VisitSheet } from "../VisitSheet";
import { dayInWords, plain } from "../words";
import { journalWords } from "../words/pages/journal";
import { columnLabel } from "../cells";
import "./Journal.css";

const columns = ["questions", "learned", "applicable", "missing"] as const;

export function Journal({ params }: { params: Record<string, string> }) {
  const words = useWords(journalWords);
  return (
    <VisitSheet page="journal" table="journal_entry" title={words.journal} tool="journal" sheet wanted={params.id}>
      {(visit) => <Entries key={visit.id} visit={visit} />}
    </VisitSheet>
  );
}

interface Day {
  day: string;
  entries: Row[];
}

// By day, and within a day in the order of the programme; notes that belong to no activity stand last.
function byDay(entries: readonly Row[], activities: readonly Row[]): Day[] {
  const order = new Map(byHour(activities).map((each, index) => [each.id, index]));
  const place = (entry: Row) => order.get(Number(entry.activity)) ?? Number.MAX_VALUE;
  const days = new Map<string, Row[]>();
  for (const entry of inOrder(entries)) {
    const day = String(entry.day ?? "");
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days].sort(([a], [b]) => a.localeCompare(b)).map(([day, of]) => ({ day, entries: of.sort((a, b) => place(a) - place(b)) }));
}

function Entries({ visit }: { visit: Row }) {
  const common = useCommon(), words = useWords(journalWords);
  const all = useAllRows("journal_entry"), activities = useAllRows("activity");
  const media = useAllRows("media");
  const [wish, setWish] = useState("");
  const number = schema.table("journal_entry").number;
  const ofVisit = useMemo(() => (all ?? []).filter((each) => each.visit === visit.id && (isWritten(each) || mediaAbout(media, number, each.id).length > 0)), [all, media, visit.id]);
  const parts = plain(wish).split(/\s+/);
  const found = ofVisit.filter((entry) => {
    const text = plain(columns.map((column) => entry[column] ?? "").join(" "));
    return parts.every((part) => text.includes(part));
  });
  const days = useMemo(() => byDay(found, activities ?? []), [found.length, wish, ofVisit, activities]);
  if (!all || !activities) return <p class="hint">{common.loading}</p>;
  if (ofVisit.length === 0) return <p>{words.none} <a href={`#/today/${visit.starts_on ?? ""}`}>{words.write}</a></p>;
  return (
    <>
      <p><a href={`#/gallery/${visit.id}`}>{words.gallery}</a></p>
      <div class="journal-filter">
        <label class="unseen" for="journal-filter">{words.filter}</label>
        <input id="journal-filter" type="search" placeholder={words.filter} value={wish} onInput={(event) => setWish(event.currentTarget.value)} />
      </div>
      {found.length === 0 && <p role="status">{words.noneFound}</p>}
      {days.map(({ day, entries }) => (
        <section key={day}>
          <h2 class="journal-day">{day ? dayInWords(day) : words.noDate} {day && <a href={`#/today/${day}`}>{words.write}</a>}</h2>
          <Growing of={entries}>{(entry) => <Entry key={entry.id} entry={entry} activity={activities.find((each) => each.id === entry.activity)} />}</Growing>
        </section>
      ))}
    </>
  );
}

// Reads as a page of a book; becomes a form when somebody wants to write in it.
function Entry({ entry, activity }: { entry: Row; activity: Row | undefined }) {
  const words = useWords(journalWords);
  const [open, setOpen] = useState(false);
  const author = useAllRows("person")?.find((each) => each.id === entry.author);
  const name = activity ? (isBlank(activity.title) ? words.unnamed : String(activity.title)) : words.free;
  const may = mayWrite("journal_entry", entry.space);
  return (
    <article class="journal-entry" data-row={entry.id}>
      <div class="with-talk"><h3>{name} {author && <small class="hint">{String(author.name)}</small>}</h3><Comments row={entry} /></div>
      {open ? <Form entry={entry} /> : columns.filter((column) => !isBlank(entry[column])).map((column) => (
        <div key={column} class="journal-part"><p class="hint">{columnLabel("journal_entry", column)}</p><p class="wording">{entry[column]}</p></div>
      ))}
      <Media of={entry} adds={open} />
      {may && (
        <p class="journal-acts">
          <button class="quiet" aria-expanded={open} aria-label={`${open ? words.close : words.edit} : ${name}`} onClick={() => setOpen(!open)}>{open ? words.close : words.edit}</button>
          {open && <Remove row={entry} worded />}
        </p>
      )}
    </article>
  );
}

function Form({ entry }: { entry: Row }) {
  const words = useWords(journalWords);
  const form = useRowForm(entry);
  return (
    <>
      {columns.map((column) => <Field key={column} form={form} column={column} />)}
      <SubQuestions table="entry_sub_question" column="entry" owner={entry} legend={words.serves} />
    </>
  );
}
