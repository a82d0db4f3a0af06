// What is reckoned of photos and sounds before a browser draws them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../../client/ui/src/api";
import { addressOf, blobName, mediaAbout } from "../../client/ui/src/media/known";
import { loudness, within } from "../../client/ui/src/media/picture";

test("a picture becomes as small as its longest side may be, keeps its shape, and never grows", () => {
  assert.deepEqual(within({ width: 4000, height: 3000 }, 1600), { width: 1600, height: 1200 });
  assert.deepEqual(within({ width: 3000, height: 4000 }, 1600), { width: 1200, height: 1600 });
  assert.deepEqual(within({ width: 200, height: 100 }, 240), { width: 200, height: 100 });
  assert.deepEqual(within({ width: 10_000, height: 1 }, 240), { width: 240, height: 1 });
});

test("a sound is as loud as the loudest of each part; of nothing, silence", () => {
  assert.deepEqual(loudness(new Float32Array([0, 0.5, -1, 0.25]), 2), [0.5, 1]);
  assert.deepEqual(loudness(new Float32Array(0), 3), [0, 0, 0]);
});

test("a cell names a file, or none", () => {
  const name = blobName("image/jpeg 153220 abc");
  assert.deepEqual(name, { type: "image/jpeg", bytes: 153220, hash: "abc" });
  assert.equal(addressOf(name!), "/media/abc?type=image%2Fjpeg");
  for (const cell of [null, undefined, "", "image/jpeg", 7]) assert.equal(blobName(cell), null);
});

test("each row finds its own media, and a row of another table with the same id none of them", () => {
  const media = (id: number, about: number, about_table: number): Row => ({ id, table: "media", space: 7, about, about_table });
  const rows = [media(1, 10, 24), media(2, 10, 6), media(3, 10, 24)];
  assert.deepEqual(mediaAbout(rows, 24, 10).map(({ id }) => id), [1, 3]);
  assert.deepEqual([mediaAbout(rows, 24, 11), mediaAbout(null, 24, 10), mediaAbout(rows, 24, null)], [[], [], []]);
});
