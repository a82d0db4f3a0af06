// Which visit a day belongs to, and what belongs to the day. Pure; rows come from the store.
import type { Cell, Row } from "./api";
import { isBlank } from "./schema";
import { dayBeside } from "./words";

export const usual_days = 5;

export const firstDay = (visit: Row): string => String(visit.starts_on ?? "");
export const lastDay = (visit: Row): string => (isBlank(visit.ends_on) ? dayBeside(firstDay(visit), usual_days - 1) : String(visit.ends_on));

const dated = (visits: readonly Row[]) => visits.filter((visit) => !isBlank(visit.starts_on));

// Those that the day lies in, of the chosen space first.
export function visitsOn(visits: readonly Row[], day: string, space: number): Row[] {
  return dated(visits)
    .filter((visit) => firstDay(visit) <= day && day <= lastDay(visit))
    .sort((a, b) => Number(b.space === space) - Number(a.space === space) || a.id - b.id);
}

// The next one after a day, else the last one before it.
export function nearestVisit(visits: readonly Row[], day: string): Row | undefined {
  const byStart = dated(visits).sort((a, b) => firstDay(a).localeCompare(firstDay(b)));
  return byStart.find((visit) => firstDay(visit) > day) ?? byStart[byStart.length - 1];
}

const most_days = 31;

export function daysOf(visit: Row): string[] {
  const days: string[] = [];
  if (isBlank(visit.starts_on)) return days;
  for (let day = firstDay(visit); day <= lastDay(visit) && days.length < most_days; day = dayBeside(day, 1)) days.push(day);
  return days;
}

// By the hour where both have one, else in the order of the programme.
export function byHour(activities: readonly Row[]): Row[] {
  const place = (cell: Cell | undefined) => (typeof cell === "number" ? cell : Number.MAX_VALUE);
  return [...activities].sort((a, b) => {
    const hours = isBlank(a.starts_at) || isBlank(b.starts_at) ? 0 : String(a.starts_at).localeCompare(String(b.starts_at));
    return hours || place(a.position) - place(b.position) || a.id - b.id;
  });
}

// The objective under which progress on a sub-question is noted: one that names it, else one of the same learning question.
export function objectiveFor(subQuestion: Row, objectives: readonly Row[], links: readonly Row[]): Row | undefined {
  const named = objectives.find((objective) => links.some((link) => link.objective === objective.id && link.sub_question === subQuestion.id));
  return named ?? objectives.find((objective) => objective.question === subQuestion.question);
}

// What was written, so that a closed activity can say so.
export function isWritten(entry: Row): boolean {
  return ["questions", "learned", "applicable", "missing"].some((column) => !isBlank(entry[column]));
}
