// One activity of the day: closed it says what it is and whether something was noted; open, it takes what was learned and how far.
import { useState } from "preact/hooks";
import type { Cell, Row } from "../../api";
import { autosave, mayWrite, schema } from "../../app";
import { isWritten } from "../../day";
import { Field } from "../../fields/Field";
import { Media } from "../../Media";
import { mediaAbout } from "../../media/known";
import type { Form } from "../../form";
import { useAllRows, useDraft, useForm, useMe, useRow, useRowForm, useWords } from "../../hooks";
import { isBlank } from "../../schema";
import { todayWords } from "../../words/pages/today";
import { Progress } from "./Progress";

interface ActivityProps {
  activity: Row;
  visit: Row;
  day: string;
  entries: Row[];
  open: boolean;
}

export function Activity({ activity, visit, day, entries, open: atFirst }: ActivityProps) {
  const words = useWords(todayWords);
  const untitled = isBlank(activity.title);
  const [open, setOpen] = useState(atFirst || untitled);
  const media = useAllRows("media"), number = schema.table("journal_entry").number;
  const written = entries.some((entry) => isWritten(entry) || mediaAbout(media, number, entry.id).length > 0);
  const id = `activity-${activity.id}`;
  const hours = [activity.starts_at, activity.ends_at].filter((each) => !isBlank(each)).join(" – ");
  const around = [activity.place, isBlank(activity.accompanied_by) ? null : words.with(String(activity.accompanied_by))].filter((each) => !isBlank(each)).join(", ");
  return (
    <section class="activity" data-row={activity.id} aria-labelledby={`${id}-name`}>
      <h3>
        <button class="activity-head" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          <span class="activity-hours">{hours}</span>
          <span class="activity-name" id={`${id}-name`}>{untitled ? words.newActivity : activity.title}{around && <small>{around}</small>}</span>
          <span class={written ? "activity-state written" : "activity-state"}>{written ? words.written : untitled ? "" : words.toWrite}</span>
        </button>
      </h3>
      <div id={id} class="activity-body" hidden={!open}>
        {open && <Inside {...{ activity, visit, day, entries, untitled }} />}
      </div>
    </section>
  );
}

function Inside({ activity, visit, day, entries, untitled }: Omit<ActivityProps, "open"> & { untitled: boolean }) {
  const words = useWords(todayWords);
  const me = useMe();
  const [asked, ask] = useState(false);
  const [named] = useState(!untitled);
  const draft = useDraft(`entry|${activity.id}|${day}`, "journal_entry", visit.space, { visit: visit.id, activity: activity.id, day, ...(me === null ? {} : { author: me }) });
  const mine = entries.some((entry) => (entry.author ?? null) === me || entry.id === draft?.id);
  const may = mayWrite("journal_entry", visit.space);
  const begins = may && !mine && draft !== null && (asked || (entries.length === 0 && !untitled));
  return (
    <>
      {!named && <Naming activity={activity} />}
      <Progress activity={activity} visit={visit} day={day} />
      {[
        ...entries.map((entry) => <Entry key={entry.id} form={autosave.of(entry)} author={entry.author === me ? null : entry.author} />),
        ...(begins ? [<Entry key={draft.id} form={draft} author={null} />] : []),
      ]}
      {may && !mine && !begins && !untitled && <button class="quiet" onClick={() => ask(true)}>{words.alsoWrite}</button>}
    </>
  );
}

function Naming({ activity }: { activity: Row }) {
  const form = useRowForm(activity);
  return (
    <div class="pair">
      <Field form={form} column="title" />
      <Field form={form} column="starts_at" />
    </div>
  );
}

function Entry({ form, author }: { form: Form; author: Cell | undefined }) {
  const words = useWords(todayWords);
  const by = useRow("person", typeof author === "number" ? author : null);
  useForm(form);
  return (
    <div class="entry">
      {by && <p class="entry-by">{words.writtenBy(String(by.name))}</p>}
      <Field form={form} column="questions" placeholder={words.questionsHint} />
      <Field form={form} column="learned" placeholder={words.learnedHint} />
      <Field form={form} column="applicable" placeholder={words.applicableHint} />
      <Field form={form} column="missing" placeholder={words.missingHint} />
      <Media of={form} />
    </div>
  );
}

// The sub-questions that an activity serves.
export function useServed(activity: number): Row[] {
  const links = useAllRows("activity_sub_question");
  const questions = useAllRows("sub_question");
  const served = new Set((links ?? []).filter((link) => link.activity === activity).map((link) => link.sub_question));
  return (questions ?? []).filter((question) => served.has(question.id));
}
