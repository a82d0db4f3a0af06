// Which visit a day belongs to, the order of its activities, and where a note goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../../client/ui/src/api";
import { byHour, daysOf, nearestVisit, objectiveFor, visitsOn } from "../../client/ui/src/day";
import { notesAbout, placeOfNote } from "../../client/ui/src/pages/today/place";

const row = (id: number, fields: Record<string, string | number | null>): Row => ({ id, table: "visit", space: 1, ...fields });
const march = row(1, { starts_on: "2025-03-10", ends_on: "2025-03-14" });
const open = row(2, { starts_on: "2025-06-02", space: 2 });

test("a visit holds its first and its last day and none beside; five days where no end is given", () => {
  for (const day of ["2025-03-10", "2025-03-14"]) assert.deepEqual(visitsOn([march, open], day, 1), [march]);
  for (const day of ["2025-03-09", "2025-03-15", "2025-06-07"]) assert.deepEqual(visitsOn([march, open], day, 1), []);
  assert.equal(daysOf(open).length, 5);
});

test("of two visits on a day the chosen space's comes first", () => {
  const other = row(3, { starts_on: "2025-03-10", space: 2 });
  assert.deepEqual(visitsOn([march, other], "2025-03-11", 2), [other, march]);
});

test("beside visits the next one is near, and after the last one the last", () => {
  assert.equal(nearestVisit([open, march], "2025-04-01"), open);
  assert.equal(nearestVisit([open, march], "2026-01-01"), open);
  assert.equal(nearestVisit([], "2026-01-01"), undefined);
});

test("activities go by the hour where both have one, else by their place", () => {
  const [late, early, none] = [row(1, { starts_at: "11:00", position: 1 }), row(2, { starts_at: "09:00", position: 2 }), row(3, { starts_at: null, position: 3 })];
  assert.deepEqual(byHour([none, late, early]).map(({ id }) => id), [2, 1, 3]);
});

test("progress is noted under the objective that names the sub-question, else under one of its learning question", () => {
  const question = row(5, { question: 9 }), [first, second] = [row(6, { question: 9 }), row(7, { question: 8 })];
  assert.equal(objectiveFor(question, [first, second], [row(1, { objective: 7, sub_question: 5 })]), second);
  assert.equal(objectiveFor(question, [second, first], []), first);
  assert.equal(objectiveFor(question, [second], []), undefined);
});

test("a note goes into the journal of the visit, a coach's beside it, and else to the partnership", () => {
  const number = () => 16, partnership = row(20, { table: "partnership" });
  const about = notesAbout([partnership], [], [march], 1);
  assert.equal(about, partnership);
  assert.deepEqual(placeOfNote(march, about, "2025-03-11", 4, number, () => true)?.preset, { visit: 1, day: "2025-03-11", author: 4 });
  assert.deepEqual(placeOfNote(march, about, "2025-03-11", null, number, (table) => table === "comment")?.preset, { about: 1, about_table: 16 });
  assert.equal(placeOfNote(undefined, about, "2025-03-11", null, number, () => true)?.table, "comment");
  assert.equal(placeOfNote(undefined, about, "2025-03-11", null, number, () => false), null);
});
