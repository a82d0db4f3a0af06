// What a form does with a text that changed under it: where the caret goes, and how an edit is put upon another wording.

// The stretch in which two wordings differ: from `start` to `end` in the old one, and what stands there in the new one.
export function difference(before: string, after: string): { start: number; end: number; put: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) ++start;
  if (start > 0 && isHigh(before, start - 1)) --start; // never between the halves of a character
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) ++tail;
  if (tail > 0 && isHigh(before, before.length - tail - 1)) --tail;
  return { start, end: before.length - tail, put: after.slice(start, after.length - tail) };
}

function isHigh(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit < 0xdc00;
}

// Where a caret goes when the text around it changes: it stays with the words that it stood beside.
export function carryCaret(before: string, after: string, caret: number): number {
  const { start, end, put } = difference(before, after);
  if (caret <= start) return caret;
  if (caret >= end) return caret + put.length - (end - start);
  return start + put.length;
}

// What was changed from `base` to `mine`, done to `theirs`. Both stay whole where they touch: mine stands behind theirs.
export function rebase(base: string, mine: string, theirs: string): string {
  const me = difference(base, mine), them = difference(base, theirs);
  const shift = them.put.length - (them.end - them.start);
  if (me.end < them.start || (me.end === them.start && me.end > me.start)) return theirs.slice(0, me.start) + me.put + theirs.slice(me.end);
  if (me.start >= them.end) return theirs.slice(0, me.start + shift) + me.put + theirs.slice(me.end + shift);
  const behind = them.start + them.put.length;
  return theirs.slice(0, behind) + me.put + theirs.slice(behind);
}
