// A day without a visit: where the visits are, what the action plan has under way, and notes.
import type { Row } from "../../api";
import { schema, space } from "../../app";
import { firstDay, lastDay, nearestVisit } from "../../day";
import { useLive, useRows, useWords } from "../../hooks";
import { isBlank } from "../../schema";
import { titleOf, visitTitle } from "../../titles";
import { tools } from "../../tools";
import { dayShort, language } from "../../words";
import { todayWords } from "../../words/pages/today";
import { Note } from "./FreeNotes";
import { notesAbout } from "./place";

export function Workday({ day, visits }: { day: string; visits: readonly Row[] }) {
  return (
    <>
      <Visits day={day} visits={visits} />
      <Beginning />
      <Actions day={day} />
      <Notes />
    </>
  );
}

// In an empty space: what one begins with.
function Beginning() {
  const words = useWords(todayWords);
  const speaks = useLive(language);
  const organisations = useRows("organisation"), questions = useRows("learning_question");
  if (!organisations || !questions || organisations.length + questions.length > 0) return null;
  return (
    <section>
      <h2>{words.begin}</h2>
      <p>{words.beginLead}</p>
      <ul class="plain-list">
        {["presentation", "learning_question", "visit"].map((table) => (
          <li key={table}><a href={`#/${tools.find((tool) => tool.table === table)!.page}`}>{schema.table(table).label[speaks]}</a> <span class="hint">{schema.table(table).help[speaks]}</span></li>
        ))}
      </ul>
    </section>
  );
}

function Visits({ day, visits }: { day: string; visits: readonly Row[] }) {
  const words = useWords(todayWords);
  const here = useLive(space);
  const ofSpace = visits.filter((visit) => visit.space === here);
  const nearest = nearestVisit(ofSpace.length > 0 ? ofSpace : visits, day);
  const comes = nearest !== undefined && firstDay(nearest) > day;
  return (
    <p>
      {words.noVisit}{" "}
      {nearest && (comes ? words.upcoming(visitTitle(nearest), dayShort(firstDay(nearest))) : words.past(visitTitle(nearest), dayShort(lastDay(nearest))))}{" "}
      {nearest ? <a href={`#/today/${comes ? firstDay(nearest) : lastDay(nearest)}`}>{words.openVisit}</a> : <a href="#/programme">{words.planVisit}</a>}
    </p>
  );
}

function Actions({ day }: { day: string }) {
  const words = useWords(todayWords);
  const actions = useRows("plan_action");
  const open = (actions ?? []).filter(({ status, starts_on, ends_on }) =>
    status === "under_way" || (status !== "done" && status !== "dropped" && !isBlank(starts_on) && String(starts_on) <= day && (isBlank(ends_on) || day <= String(ends_on))));
  if (open.length === 0) return null;
  return (
    <section>
      <h2>{words.actions}</h2>
      <ul class="plain-list">
        {open.map((action) => (
          <li key={action.id}>
            <a href={`#/plan/${action.action_plan}`}>{titleOf(action)}</a>{" "}
            <span class="hint">{[action.responsible, isBlank(action.ends_on) ? null : words.due(dayShort(String(action.ends_on)))].filter((each) => !isBlank(each)).join(", ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const most_notes = 12;

function Notes() {
  const words = useWords(todayWords);
  const here = useLive(space);
  const comments = useRows("comment");
  const partnerships = useRows("partnership"), organisations = useRows("organisation");
  const about = notesAbout(partnerships ?? [], organisations ?? [], [], here);
  const notes = (comments ?? []).filter((each) => about !== undefined && each.about === about.id && each.about_table === schema.table(about.table).number && each.settled !== 1);
  return (
    <section>
      <h2>{words.notes}</h2>
      {notes.length === 0 && <p class="hint">{words.notesEmpty}</p>}
      {notes.slice(-most_notes).reverse().map((note) => <Note key={note.id} row={note} column="text" />)}
    </section>
  );
}
