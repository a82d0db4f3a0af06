// Rows as pages see them, their order, and the checks of the schema.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column, Row } from "../../client/ui/src/api";
import { match } from "../../client/ui/src/router";
import { inOrder, lastPosition, moves } from "../../client/ui/src/order";
import { complaint } from "../../client/ui/src/schema";
import { Store } from "../../client/ui/src/store";
import { fr } from "../../client/ui/src/words/fr";
import { dayBeside, plain } from "../../client/ui/src/words";
import { Clock, rest, Server } from "./world";

function open() {
  const clock = new Clock(), server = new Server(clock);
  const store = new Store({ api: { rows: server.rowsOf }, now: () => clock.now, later: clock.later, read: () => {} });
  const row = (id: number, fields = {}) => server.write({ id, table: "entry", space: 1, ...fields } as Row);
  return { clock, server, store, row };
}
const at = (id: number, position: number | null): Row => ({ id, table: "t", space: 1, position });

test("a table is read when somebody follows it, and again when it changed, by itself only while it is followed", async () => {
  const { clock, server, store, row } = open();
  row(1);
  const leave = store.follow(["entry"]);
  await clock.pass(1);
  assert.equal(store.live("entry").now?.length, 1);
  row(2);
  store.changed(["entry"]);
  await clock.pass(1000);
  assert.equal(store.live("entry").now?.length, 2);
  leave();
  store.changed(["entry"]);
  await clock.pass(1000);
  assert.equal(server.asked.length, 2);
});

test("a table that changes all the time is read again after a rest", async () => {
  const { clock, server, store } = open();
  store.follow(["entry"]);
  for (let time = 0; time < 2000; time += 20) { store.changed(["entry"]); await clock.pass(20); }
  assert.ok(server.asked.length <= 11, `${server.asked.length} times`);
});

test("what is read slowly is read again after a rest of twenty times as long, but of ten seconds at the most", async () => {
  for (const [slow, rested] of [[400, 8000], [1500, 10_000]] as const) {
    const clock = new Clock(), asked: number[] = [];
    const rows = () => new Promise<Record<string, Row[]>>((answer) => { asked.push(clock.now); clock.later(() => answer({}), slow); });
    const store = new Store({ api: { rows }, now: () => clock.now, later: clock.later, read: () => {} });
    store.follow(["entry"]);
    await clock.pass(slow + 1);
    store.changed(["entry"]);
    await clock.pass(20_000);
    assert.deepEqual(asked, [0, slow + rested]);
  }
});

test("a table that somebody begins to follow while others are read slowly does not wait for their rest", async () => {
  const clock = new Clock();
  const asked: string[][] = [];
  const rows = (tables: string[]) => new Promise<Record<string, Row[]>>((answer) => { asked.push(tables); clock.later(() => answer({}), 1000); });
  const store = new Store({ api: { rows }, now: () => clock.now, later: clock.later, read: () => {} });
  store.follow(["entry"]);
  await clock.pass(500);
  store.follow(["visit"]);
  await clock.pass(501);
  await clock.pass(1);
  assert.deepEqual(asked, [["entry"], ["visit"]]);
});

test("what is unsaved lies over what the server has, and new rows stand among the others", async () => {
  const { clock, store, row } = open();
  row(1, { text: "un", score: 2 });
  store.follow(["entry"]);
  await clock.pass(1);
  store.overlay("entry", 1, 1, { text: "deux" });
  store.overlay("entry", 5, 1, { text: "neuf" });
  assert.deepEqual(store.live("entry").now?.map(({ id, text, score }) => [id, text, score]), [[1, "deux", 2], [5, "neuf", undefined]]);
  store.overlay("entry", 5, 1, null);
  assert.equal(store.live("entry").now?.length, 1);
});

test("a row that is put between two others changes alone", () => {
  const rows = [at(1, 1), at(2, 2), at(3, 3)];
  const order = [rows[0]!, rows[2]!, rows[1]!];
  assert.deepEqual(moves(order, 1), [{ row: rows[2], position: 1.5 }]);
  assert.deepEqual(moves([rows[2]!, rows[0]!, rows[1]!], 0), [{ row: rows[2], position: 0 }]);
  assert.deepEqual(moves([rows[1]!, rows[2]!, rows[0]!], 2), [{ row: rows[0], position: 4 }]);
});

test("a list without places, or with no room between two, is numbered anew", () => {
  const tight = [at(1, 1), at(3, null), at(2, 1 + Number.EPSILON)];
  assert.deepEqual(moves(tight, 1).map(({ row, position }) => [row.id, position]), [[3, 2], [2, 3]]);
});

test("rows go by position, then by id, and what has none stands last", () => {
  assert.deepEqual(inOrder([at(3, null), at(2, 1), at(1, 1), at(4, 0.5)]).map(({ id }) => id), [4, 1, 2, 3]);
  assert.equal(lastPosition([at(1, 4), at(2, null)]), 5);
});

test("limits of the schema hold at their value and are complained about one above", () => {
  const check = (column: Partial<Column>, value: string | number | null) => complaint({ name: "c", label: { fr: "", nl: "", en: "" }, type: "line", ...column }, value, fr.complaint);
  assert.equal(check({ type: "integer", min: 1, max: 10 }, 10), null);
  assert.equal(check({ type: "integer", min: 1, max: 10 }, 11), "De 1 à 10.");
  assert.equal(check({ max: 3 }, "été"), null);
  assert.equal(check({ max: 3 }, "étés"), "Au plus 3 caractères.");
  assert.equal(check({ type: "prose" }, "x".repeat(1 << 20)), null);
  assert.equal(check({ type: "prose" }, "x".repeat((1 << 20) + 1)), fr.complaint.tooLarge);
  assert.equal(check({ required: true }, " "), fr.complaint.required);
});

test("addresses fit patterns with and without their last part", () => {
  assert.deepEqual(match("today/:day?", "today"), {});
  assert.deepEqual(match("today/:day?", "today/2025-03-10?x=1"), { day: "2025-03-10" });
  assert.equal(match("row/:id", "row"), null);
  assert.equal(match("tools", "tools/x"), null);
});

test("days go on over the ends of months and years, and accents are no hindrance", () => {
  assert.equal(dayBeside("2024-12-31", 1), "2025-01-01");
  assert.equal(dayBeside("2024-03-01", -1), "2024-02-29");
  assert.equal(plain("Élève À"), "eleve a");
});

test("the answer to a write is not undone by a read that began before it", async () => {
  const clock = new Clock(), row = (score: number): Row => ({ id: 1, table: "entry", space: 1, score });
  let answer: (rows: Record<string, Row[]>) => void = () => {};
  const rows = () => new Promise<Record<string, Row[]>>((resume) => { answer = resume; });
  const store = new Store({ api: { rows }, now: () => clock.now, later: clock.later, read: () => {} });
  store.follow(["entry"]);
  await clock.pass(1);
  store.show(row(2));
  answer({ entry: [row(1)] });
  await rest();
  assert.equal(store.live("entry").now?.[0]?.score, 2);
});
