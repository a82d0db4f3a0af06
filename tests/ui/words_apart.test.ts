// Word differences, as people read them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsApart, type Piece } from "../../client/ui/src/words_apart";

const without = (pieces: Piece[], fate: Piece[1]) => pieces.filter((each) => each[1] !== fate).map(([text]) => text).join("");

test("a word that came, a word that went, and a word for another", () => {
  assert.deepEqual(wordsApart("un site web", "un petit site web"), [["un ", "same"], ["petit ", "new"], ["site web", "same"]]);
  assert.deepEqual(wordsApart("un petit site web", "un site web"), [["un ", "same"], ["petit ", "gone"], ["site web", "same"]]);
  assert.deepEqual(wordsApart("développer un site", "faire un site"), [["développer", "gone"], ["faire", "new"], [" un site", "same"]]);
});

test("several words replaced in a row are read as one change", () => {
  assert.deepEqual(wordsApart("payer plus d'impôts ?", "aider la commune ?"), [["payer plus d'impôts", "gone"], ["aider la commune", "new"], [" ?", "same"]]);
});

test("what hangs on a word stays apart from it: l’élève is not one word", () => {
  assert.deepEqual(wordsApart("l’élève", "l’école"), [["l’", "same"], ["élève", "gone"], ["école", "new"]]);
});

test("nothing, the same, and all of it", () => {
  assert.deepEqual(wordsApart("", ""), []);
  assert.deepEqual(wordsApart("pareil", "pareil"), [["pareil", "same"]]);
  assert.deepEqual(wordsApart("", "nouveau"), [["nouveau", "new"]]);
  assert.deepEqual(wordsApart("ancien", ""), [["ancien", "gone"]]);
});

test("both wordings can be read back out of their differences, whatever they are", () => {
  const vocabulary = ["la ", "commune ", "de ", "l’", "eau", ", ", "?", "\n", "été ", "🙂 ", "a"];
  const seed = Number(process.env.CARNET_SEED ?? Date.now() % 1_000_000);
  let state = seed;
  const next = (below: number) => ((state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 8) % below;
  const text = () => Array.from({ length: next(14) }, () => vocabulary[next(vocabulary.length)]).join("");
  for (let round = 0; round < 500; ++round) {
    const before = text(), after = text(), pieces = wordsApart(before, after);
    assert.equal(without(pieces, "new"), before, `seed ${seed}`);
    assert.equal(without(pieces, "gone"), after, `seed ${seed}`);
  }
});

test("texts too large to compare are told as one change, and still read back", () => {
  const before = "mot ".repeat(2500), after = "autre ".repeat(2500);
  const pieces = wordsApart(before, after);
  assert.equal(without(pieces, "new"), before);
  assert.equal(without(pieces, "gone"), after);
});
