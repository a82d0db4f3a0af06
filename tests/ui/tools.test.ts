// What the pages of the first seven tools reckon: wordings that were meant, sub-questions that wait, factors by rank, whose rows there are.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell, Row, Wording } from "../../client/ui/src/api";
import { askedBy, unserved } from "../../client/ui/src/asked";
import { isOf, owners } from "../../client/ui/src/owners";
import { ranked, sifted } from "../../client/ui/src/pages/ranking";
import { earlierWording, sittings } from "../../client/ui/src/pages/wordings";

const row = (id: number, fields: Record<string, Cell> = {}): Row => ({ id, table: "t", space: 1, ...fields });
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);

let number = 0;
const version = (value: string, minute: number, by = "Afi"): Wording => ({ number: ++number, column: "wording", value, by, device: 1, written: minute * 60, standing: false, merged: false });
const texts = (history: Wording[]) => sittings([...history].reverse(), "wording").map(({ value }) => value);

test("of what one person wrote in one sitting the end counts; a pause or another person begins a new one", () => {
  assert.deepEqual(texts([version("Com", 0), version("Comment", 1), version("Comment ?", 2)]), ["Comment ?"]);
  assert.deepEqual(texts([version("A", 0), version("B", 15)]), ["B"]);
  assert.deepEqual(texts([version("A", 0), version("B", 16)]), ["A", "B"]);
  assert.deepEqual(texts([version("A", 0), version("B", 1, "Jan")]), ["A", "B"]);
});

test("a sitting that left the words as they were, or none at all, is no wording", () => {
  assert.deepEqual(texts([version("A", 0), version("AB", 20), version("A", 21), version(" ", 60), version("C", 90)]), ["A", "C"]);
});

test("the earlier wording is the first of all, then the one behind the last that was kept", () => {
  assert.equal(earlierWording([], []), null);
  assert.equal(earlierWording(["A", "B"], []), "A");
  assert.equal(earlierWording(["A", "B"], ["A"]), "B");
  assert.equal(earlierWording(["A"], ["A"]), null);
});

test("where what was kept is older than the history here, the wording of now is the one to keep", () => {
  assert.equal(earlierWording(["C"], ["A", "B"]), "C");
});

const questions = [row(10, { organisation: 1, position: 2 }), row(11, { organisation: 1, position: 1 }), row(12, { organisation: 2, position: 1 })];
const subs = [row(20, { question: 10, position: 1, priority: "nice" }), row(21, { question: 11, position: 1 }), row(22, { question: 11, position: 2, priority: "must" }), row(23, { question: 12, priority: "must" })];

test("a guest's sub-questions are numbered by question and place; without questions of its own, all are meant", () => {
  assert.deepEqual(askedBy(1, questions, subs).map(({ row: { id }, number: name }) => [id, name]), [[21, "1.1"], [22, "1.2"], [20, "2.1"]]);
  assert.equal(askedBy(9, questions, subs).length, 4);
});

test("of the sub-questions that nothing serves the must-haves stand first, those without a priority last", () => {
  const asked = askedBy(1, questions, subs);
  assert.deepEqual(unserved(asked, new Set()).map(({ row: { id } }) => id), [22, 20, 21]);
  assert.deepEqual(unserved(asked, new Set([22])).map(({ row: { id } }) => id), [20, 21]);
});

const factors = [row(1, { impact: "negative", score: 8, domain: "legal", origin: "internal" }), row(2, { impact: "positive", score: 8, domain: "social", origin: "external" }), row(3, { impact: "positive", score: 2 }), row(4, {})];
const domains = ["social", "legal"];

test("factors rank by score, what helps before what holds back; by side; by domain; and as they were added", () => {
  assert.deepEqual(ids(ranked(factors, "score", domains)), [2, 1, 3, 4]);
  assert.deepEqual(ids(ranked(factors, "side", domains)), [2, 3, 4, 1]);
  assert.deepEqual(ids(ranked(factors, "domain", domains)), [2, 1, 3, 4]);
  assert.deepEqual(ids(ranked([...factors].reverse(), "added", domains)), [1, 2, 3, 4]);
});

test("a sieve lets through what fits each of its parts", () => {
  assert.deepEqual(ids(sifted(factors, { impact: "positive", domain: "", origin: "" })), [2, 3]);
  assert.deepEqual(ids(sifted(factors, { impact: "positive", domain: "", origin: "external" })), [2]);
  assert.equal(sifted(factors, { impact: "", domain: "", origin: "" }).length, 4);
});

const ouinhi = row(1, { kind: "municipality" }), laarne = { ...row(2, { kind: "municipality" }), space: 2 }, union = row(3, { kind: "umbrella" });

test("owners are the municipalities of the space, whoever has rows in it, and nobody where rows lost theirs", () => {
  assert.deepEqual(owners([ouinhi, laarne, union], [], 1), [ouinhi]);
  assert.deepEqual(owners([ouinhi, laarne, union], [row(9, { organisation: 3 })], 1), [ouinhi, union]);
  for (const lost of [row(9, { organisation: null }), row(9, { organisation: 99 })]) {
    assert.deepEqual(owners([ouinhi], [lost], 1), [ouinhi, null]);
    assert.ok(isOf(null, [ouinhi])(lost));
  }
});

test("a space without municipalities of its own offers those of the other spaces", () => {
  assert.deepEqual(owners([laarne], [], 1), [laarne]);
});
