// Order in lists: what changes when a row is put elsewhere. Usually the position of that row alone, between those of its neighbours.
import type { Row } from "./api";

export interface Move {
  row: Row;
  position: number;
}

export function inOrder(rows: readonly Row[]): Row[] {
  const place = (row: Row) => (typeof row.position === "number" ? row.position : Number.MAX_VALUE);
  return [...rows].sort((a, b) => place(a) - place(b) || a.id - b.id);
}

// `rows` as they shall stand, the row at `index` being the one that moved.
export function moves(rows: readonly Row[], index: number): Move[] {
  const at = (i: number) => rows[i]?.position;
  const row = rows[index]!;
  const before = index > 0 ? at(index - 1) : -Infinity, after = index + 1 < rows.length ? at(index + 1) : Infinity;
  const others = rows.filter((each) => each !== row).map((each) => each.position);
  if (typeof before === "number" && typeof after === "number" && before < after && others.every((each) => typeof each === "number")) {
    const position = between(before, after);
    if (position > before && position < after) return [{ row, position }];
  }
  return rows.map((each, place) => ({ row: each, position: place + 1 })).filter(({ row: each, position }) => each.position !== position);
}

function between(before: number, after: number): number {
  if (before === -Infinity) return after === Infinity ? 1 : after - 1;
  return after === Infinity ? before + 1 : (before + after) / 2;
}

// Behind all others.
export function lastPosition(rows: readonly Row[]): number {
  return rows.reduce((last, { position }) => (typeof position === "number" && position > last ? position : last), 0) + 1;
}
