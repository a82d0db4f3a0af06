// Carets and edits over wordings that changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { carryCaret, difference, rebase } from "../../client/ui/src/text";

test("a caret stays with its words when others write before, behind or around it", () => {
  assert.equal(carryCaret("le marché", "tout le marché", 9), 14);
  assert.equal(carryCaret("le marché", "le marché couvert", 2), 2);
  assert.equal(carryCaret("un deux trois", "un trois", 5), 3);
});

test("an edit is put upon another wording, before, behind and at the same place", () => {
  assert.equal(rebase("bc", "abc", "bcd"), "abcd");
  assert.equal(rebase("bc", "bcd", "abc"), "abcd");
  assert.equal(rebase("", "ici", "là"), "làici");
  assert.equal(rebase("abc", "bc", "abcd"), "bcd");
});

test("no word of two that overlap is lost", () => {
  const merged = rebase("un petit marché", "un grand marché", "un vieux marché");
  assert.match(merged, /grand/);
  assert.match(merged, /vieux/);
});

test("a character outside the basic plane is never cut in two", () => {
  const { start, end, put } = difference("a\u{1F600}b", "a\u{1F601}b");
  assert.deepEqual([start, end, put], [1, 3, "\u{1F601}"]);
});
