// Tool 6: a visit and its programme by day, and at once which sub-questions no activity serves yet.
import type { Row } from "../api";
import { autosave, mayWrite, remove, space, store } from "../app";
import { askedBy } from "../asked";
import { beginVisit } from "../begin_visit";
import { Comments } from "../comments";
import { byHour, daysOf, firstDay, usual_days } from "../day";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { useAllRows, useLive, useRowForm, useRows, useWords } from "../hooks";
import { lastPosition } from "../order";
import { go } from "../router";
import { isBlank } from "../schema";
import { VisitSheet } from "../VisitSheet";
import { dayBeside, dayInWords, today } from "../words";
import { programmeWords } from "../words/pages/programme";
import { CrossTable, Unserved } from "./CrossTable";
import { ProgrammeActivity } from "./ProgrammeActivity";
import "./Programme.css";

export function Programme({ params }: { params: Record<string, string> }) {
  const words = useWords(programmeWords);
  return (
    <VisitSheet page="programme" table="visit" title={words.title} tool="programme" sheet wanted={params.id} begin={<NewVisit />}>
      {(visit) => <Whole key={visit.id} visit={visit} />}
    </VisitSheet>
  );
}

// From Monday to Friday of the week to come.
function NewVisit() {
  const words = useWords(programmeWords);
  const here = useLive(space);
  const visits = useRows("visit"), partnership = useRows("partnership")?.[0];
  if (!visits || !mayWrite("visit", here)) return null;
  const begin = async () => {
    const weekday = new Date(`${today()}T12:00:00Z`).getUTCDay();
    const starts_on = dayBeside(today(), ((8 - weekday) % 7) || 7);
    const id = await beginVisit(here, starts_on, visits, partnership);
    if (id !== null) go(`programme/${id}`);
  };
  return <button class={visits.length === 0 ? "main" : "quiet"} onClick={() => void begin()}>{words.newVisit}</button>;
}

function Whole({ visit }: { visit: Row }) {
  const words = useWords(programmeWords);
  const activities = useAllRows("activity"), links = useAllRows("activity_sub_question");
  const questions = useAllRows("learning_question"), subQuestions = useAllRows("sub_question");
  if (!activities || !links || !questions || !subQuestions) return null;
  const own = activities.filter((each) => each.visit === visit.id), days = daysOf(visit);
  const ofSpace = (rows: readonly Row[]) => rows.filter((each) => each.space === visit.space);
  const asked = askedBy(visit.guest, ofSpace(questions), ofSpace(subQuestions));
  const ordered = byHour(own).sort((a, b) => String(a.day ?? "").localeCompare(String(b.day ?? "")));
  const served = new Set(links.filter((each) => own.some(({ id }) => id === each.activity)).map((each) => each.sub_question));
  const drop = async () => {
    await remove(visit);
    go("programme");
  };
  return (
    <>
      <Head visit={visit} />
      <Unserved asked={asked} served={served} activities={ordered} guest={visit.guest} />
      {days.length === 0 && <p>{words.toDate}</p>}
      {days.map((day, index) => <Day key={day} visit={visit} day={day} number={index + 1} of={days.length} activities={byHour(own.filter((each) => each.day === day))} />)}
      <Outside visit={visit} activities={ordered.filter((each) => !days.includes(String(each.day)))} />
      {own.length > 0 && asked.length > 0 && <CrossTable asked={asked} activities={ordered} />}
      <p class="programme-foot">
        <a href={`#/terms/${visit.id}`}>{words.termsTitle}</a>
        {mayWrite("visit", visit.space) && <button class="quiet" onClick={() => void drop()}>{words.removeVisit}</button>}
      </p>
    </>
  );
}

const lasts = (visit: Row) => Math.round((Date.parse(String(visit.ends_on)) - Date.parse(String(visit.starts_on))) / 86_400_000);

function Head({ visit }: { visit: Row }) {
  const form = useRowForm(visit);
  // Who moves the first day moves the last one, too.
  const moveEnd = () => {
    const starts = form.value("starts_on"), days = lasts(visit);
    if (!isBlank(starts) && form.complaint("starts_on") === null) form.set("ends_on", dayBeside(String(starts), days >= 0 ? days : usual_days - 1));
  };
  return (
    <section class="programme-head">
      <div class="row-tools corner"><Comments row={visit} /></div>
      <Field form={form} column="title" />
      <div class="pair">
        <Field form={form} column="guest" />
        <Field form={form} column="host" />
      </div>
      <div class="pair programme-dates">
        <div onInput={moveEnd}><Field form={form} column="starts_on" /></div>
        <Field form={form} column="ends_on" />
      </div>
    </section>
  );
}

interface DayProps {
  visit: Row;
  day: string;
  number: number;
  of: number;
  activities: Row[];
}

function Day({ visit, day, number, of, activities }: DayProps) {
  const words = useWords(programmeWords);
  const usual = of !== usual_days ? null : number === 1 ? words.usual.first : number === of ? words.usual.last : words.usual.middle;
  return (
    <section class="programme-day">
      <h2>{words.day(number)} <small>{dayInWords(day)}{usual && ` · ${usual}`}</small></h2>
      {activities.map((each) => <ProgrammeActivity key={each.id} activity={each} guest={visit.guest} />)}
      <AddRow table="activity" space={visit.space} preset={{ visit: visit.id, day, position: lastPosition(activities) }} label={words.addActivity} />
    </section>
  );
}

// Where the visit was moved, its activities may follow it.
function Outside({ visit, activities }: { visit: Row; activities: Row[] }) {
  const words = useWords(programmeWords);
  if (activities.length === 0) return null;
  const first = activities.find(({ day }) => !isBlank(day))?.day, starts = firstDay(visit);
  const shift = isBlank(first) || starts === "" ? null : Math.round((Date.parse(starts) - Date.parse(String(first))) / 86_400_000);
  const bring = () => {
    for (const activity of activities) {
      const form = autosave.of(activity);
      form.set("day", isBlank(activity.day) ? starts : dayBeside(String(activity.day), shift ?? 0));
      store.overlay("activity", activity.id, activity.space, form.unsaved());
      void form.save();
    }
  };
  return (
    <section class="programme-day">
      <h2>{words.outside}</h2>
      <p>{words.outsideLead} {shift !== null && mayWrite("activity", visit.space) && <button onClick={bring}>{words.bring}</button>}</p>
      {activities.map((each) => <ProgrammeActivity key={each.id} activity={each} guest={visit.guest} dated />)}
    </section>
  );
}
