// How two wordings differ, word by word, for people to read: what stayed, what went, what came, in reading order.
export type Piece = [text: string, fate: "same" | "gone" | "new"];

const most_cells = 4_000_000; // of the table below; what differs in larger texts is told as one piece

// Words with what hangs on them, spaces and marks by themselves, so that "l’élève" is "l’" and "élève".
export const tokens = (text: string): string[] => text.match(/[\p{L}\p{N}]+['’]?|\s+|[^\p{L}\p{N}\s]/gu) ?? [];

export function wordsApart(before: string, after: string): Piece[] {
  const old = tokens(before), fresh = tokens(after);
  let start = 0, tail = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) ++start;
  while (tail < old.length - start && tail < fresh.length - start && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) ++tail;
  const pieces: Piece[] = [];
  put(pieces, old.slice(0, start), "same");
  between(pieces, old.slice(start, old.length - tail), fresh.slice(start, fresh.length - tail));
  put(pieces, tail > 0 ? old.slice(-tail) : [], "same");
  return joined(pieces);
}

function put(pieces: Piece[], words: string[], fate: Piece[1]): void {
  for (const word of words) {
    const last = pieces[pieces.length - 1];
    if (last?.[1] === fate) last[0] += word;
    else pieces.push([word, fate]);
  }
}

// The longest common subsequence of words.
function between(pieces: Piece[], old: string[], fresh: string[]): void {
  const width = fresh.length + 1;
  if ((old.length + 1) * width > most_cells) {
    put(pieces, old, "gone");
    put(pieces, fresh, "new");
    return;
  }
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; --i)
    for (let j = fresh.length - 1; j >= 0; --j)
      common[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  let i = 0, j = 0;
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      put(pieces, [old[i++]!], "same");
      ++j;
    } else if (i < old.length && (j === fresh.length || at(i + 1, j) >= at(i, j + 1))) put(pieces, [old[i++]!], "gone");
    else put(pieces, [fresh[j++]!], "new");
  }
}

// A lone space that stayed between two changes is read with them: three words replaced are one change and not three.
function joined(pieces: Piece[]): Piece[] {
  const all: Piece[] = [];
  let gone = "", came = "";
  const flush = () => {
    if (gone !== "") all.push([gone, "gone"]);
    if (came !== "") all.push([came, "new"]);
    gone = came = "";
  };
  pieces.forEach(([text, fate], index) => {
    const inside = fate === "same" && /^\s+$/.test(text) && (gone !== "" || came !== "") && index + 1 < pieces.length;
    if (fate === "gone" || inside) gone += text;
    if (fate === "new" || inside) came += text;
    if (fate === "same" && !inside) {
      flush();
      all.push([text, fate]);
    }
  });
  flush();
  return all;
}
