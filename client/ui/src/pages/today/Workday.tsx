// A day without a visit: where the visits are, what the action plan has under way, and notes.
import type { Row } from "../../api";
import { api, complain, device, mayWrite, schema, space } from "../../app";
import { beginVisit } from "../../begin_visit";
import { firstDay, lastDay, nearestVisit } from "../../day";
import { useLive, useRows, useWords } from "../../hooks";
import { go } from "../../router";
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

// In an empty space: what one begins with. What others wrote may not have come yet.
function Beginning() {
  const words = useWords(todayWords);
  const speaks = useLive(language);
  const here = useLive(space);
  const known = useLive(device);
  const isFetched = known?.sample === true || typeof known?.spaces?.find((each) => each.space === here)?.verified === "number";
  const organisations = useRows("organisation"), questions = useRows("learning_question");
  if (!organisations || !questions || organisations.length + questions.length > 0) return null;
  const fetch = () => api.sync().then(() => go("sync"), complain);
  return (
    <section>
      <h2>{words.begin}</h2>
      {isFetched ? <p>{words.beginLead}</p> : <><p>{words.notFetched}</p><p><button class="main" onClick={fetch}>{words.fetch}</button></p></>}
      <ul class="parts">
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
  const partnership = useRows("partnership")?.[0];
  const ofSpace = visits.filter((visit) => visit.space === here);
  const nearest = nearestVisit(ofSpace.length > 0 ? ofSpace : visits, day);
  const comes = nearest !== undefined && firstDay(nearest) > day;
  return (
    <p>
      {words.noVisit}{" "}
      {nearest && (comes ? words.upcoming(visitTitle(nearest), dayShort(firstDay(nearest))) : words.past(visitTitle(nearest), dayShort(lastDay(nearest))))}{" "}
      {nearest ? <a href={`#/today/${comes ? firstDay(nearest) : lastDay(nearest)}`}>{words.openVisit}</a> : <a href="#/programme">{words.planVisit}</a>}
      {!comes && mayWrite("visit", here) && <>{" "}<button onClick={() => void beginVisit(here, day, ofSpace, partnership)}>{words.visitBegins}</button></>}
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
      <ul class="parts">
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
  if (about === undefined) return null;
  const notes = (comments ?? []).filter((each) => each.about === about.id && each.about_table === schema.table(about.table).number && each.settled !== 1);
  return (
    <section>
      <h2>{words.notes}</h2>
      {notes.length === 0 && <p class="hint">{words.notesEmpty}</p>}
      {notes.slice(-most_notes).reverse().map((note) => <Note key={note.id} row={note} column="text" />)}
    </section>
  );
}
