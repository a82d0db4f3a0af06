// The day: of a visit, its activities with what was learned, and the questions of the evening; else a day at work.
import { useMemo } from "preact/hooks";
import type { Row } from "../api";
import { space } from "../app";
import { byHour, daysOf, visitsOn } from "../day";
import { AddRow } from "../fields/AddRow";
import { useAllRows, useCommon, useLive, useToday, useWords } from "../hooks";
import { lastPosition } from "../order";
import { isBlank } from "../schema";
import { Icon } from "../shell/icons";
import { Sheet } from "../shell/Sheet";
import { visitTitle } from "../titles";
import { dayBeside, dayInWords, dayOfMonth, language, weekday } from "../words";
import { todayWords } from "../words/pages/today";
import { Activity } from "./today/Activity";
import { Evening } from "./today/Evening";
import { FreeNotes } from "./today/FreeNotes";
import { Workday } from "./today/Workday";
import "./Today.css";

export function Today({ params }: { params: Record<string, string> }) {
  const common = useCommon();
  const now = useToday();
  const day = /^\d{4}-\d\d-\d\d$/.test(params.day ?? "") ? params.day! : now;
  const here = useLive(space);
  const visits = useAllRows("visit");
  useAllRows("organisation"); // visits are called by their host
  const visit = useMemo(() => visitsOn(visits ?? [], day, here)[0], [visits, day, here]);
  const title = dayInWords(day).replace(/^./, (letter) => letter.toUpperCase());
  if (!visits) return <Sheet title={title} lead={common.loading} />;
  return (
    <Sheet title={title} above={<DayPath day={day} now={now} visit={visit} />} lead={visit && <Lead visit={visit} day={day} />} tools={visit && <Paper visit={visit} />}>
      {visit ? <VisitDay key={`${visit.id} ${day}`} visit={visit} day={day} /> : <Workday key={day} day={day} visits={visits} />}
    </Sheet>
  );
}

function Lead({ visit, day }: { visit: Row; day: string }) {
  const words = useWords(todayWords);
  const days = daysOf(visit);
  return <>{visitTitle(visit)} <span class="hint">· {words.dayOf(days.indexOf(day) + 1, days.length)}</span></>;
}

function Paper({ visit }: { visit: Row }) {
  const words = useWords(todayWords);
  return <><a class="paper-link" href={`#/gallery/${visit.id}`}>{words.gallery}</a> <a class="paper-link" href={`/paper/journal/${visit.id}.html?language=${useLive(language)}`} target="_blank" rel="noopener">{words.paper}</a></>;
}

// Days beside this one; of a visit, all of its days.
function DayPath({ day, now, visit }: { day: string; now: string; visit: Row | undefined }) {
  const words = useWords(todayWords);
  const path = (to: string) => (to === now ? "#/today" : `#/today/${to}`);
  return (
    <nav class="day-path" aria-label={words.days}>
      <a class="day-step" href={path(dayBeside(day, -1))} aria-label={words.previous}><Icon sign="left" /></a>
      {visit ? (
        <ul>
          {daysOf(visit).map((each) => (
            <li key={each}><a href={path(each)} aria-current={each === day ? "date" : undefined}><small>{weekday(each)}</small> {dayOfMonth(each)}</a></li>
          ))}
        </ul>
      ) : <span class="day-gap" />}
      {day !== now && <a class="day-now" href="#/today">{words.goToday}</a>}
      <a class="day-step" href={path(dayBeside(day, 1))} aria-label={words.next}><Icon sign="right" /></a>
    </nav>
  );
}

function VisitDay({ visit, day }: { visit: Row; day: string }) {
  const words = useWords(todayWords);
  const all = useAllRows("activity");
  const activities = useMemo(() => byHour((all ?? []).filter((each) => each.visit === visit.id && each.day === day)), [all, visit.id, day]);
  const entries = useAllRows("journal_entry");
  if (!all || !entries) return null;
  const ofDay = entries.filter((entry) => entry.visit === visit.id && entry.day === day);
  const firstOpen = activities.find((each) => !ofDay.some((entry) => entry.activity === each.id));
  return (
    <>
      <h2>{words.activities}</h2>
      {activities.length === 0 && <p class="hint">{words.noActivities}</p>}
      {activities.map((each) => (
        <Activity key={each.id} activity={each} visit={visit} day={day} entries={ofDay.filter((entry) => entry.activity === each.id)} open={each === firstOpen} />
      ))}
      {!activities.some(({ title }) => isBlank(title)) && <AddRow table="activity" space={visit.space} preset={{ visit: visit.id, day, position: lastPosition(activities) }} label={words.addActivity} />}
      <FreeNotes entries={ofDay.filter((entry) => entry.activity === null || entry.activity === undefined)} />
      <Evening visit={visit} day={day} />
    </>
  );
}
