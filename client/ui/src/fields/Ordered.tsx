// A list whose order people choose: by dragging (mouse, finger), by alt and arrows, or by buttons. Each step is told to screen readers.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Fields, Row } from "../api";
import { autosave, mayWrite, store } from "../app";
import { Comments } from "../comments";
import { Growing } from "../growing";
import { useCommon } from "../hooks";
import { inOrder, moves } from "../order";
import { titleOf } from "../titles";
import { Remove } from "./Remove";

interface OrderedProps {
  rows: readonly Row[];
  render(row: Row, index: number): ComponentChildren;
  numbered?: boolean;
}

// Puts the row at `index` where it stands in `rows`; with it, other cells of it may change.
export function arrange(rows: Row[], index: number, also: Fields = {}): void {
  const changes = new Map<Row, Fields>([[rows[index]!, also]]);
  for (const { row, position } of moves(rows, index)) changes.set(row, { ...changes.get(row), position });
  for (const [row, fields] of changes) {
    const form = autosave.of(row);
    for (const [column, value] of Object.entries(fields)) form.set(column, value);
    store.overlay(row.table, row.id, row.space, form.unsaved());
    void form.save();
  }
}

export function Ordered({ rows, render, numbered = false }: OrderedProps) {
  const words = useCommon().list;
  const [dragged, setDragged] = useState<{ id: number; order: Row[] } | null>(null);
  const [said, say] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const focusOn = useRef<string | null>(null);
  const shown = dragged?.order ?? inOrder(rows);

  useLayoutEffect(() => {
    if (focusOn.current === null) return;
    list.current?.querySelector<HTMLElement>(focusOn.current)?.focus();
    focusOn.current = null;
  });

  const step = (row: Row, by: number, focus: string) => {
    const from = shown.findIndex((each) => each.id === row.id), to = from + by;
    if (to < 0 || to >= shown.length) return;
    const order = moved(shown, from, to);
    focusOn.current = `[data-row="${row.id}"] ${focus}`;
    arrange(order, to);
    say(words.moved(to + 1, order.length));
  };
  const onKeyDown = (row: Row) => (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    step(row, event.key === "ArrowUp" ? -1 : 1, ".grip");
  };

  const drag = (row: Row) => (event: PointerEvent) => {
    if (event.button !== 0) return;
    const grip = event.currentTarget as HTMLElement;
    grip.setPointerCapture(event.pointerId);
    let order = shown;
    setDragged({ id: row.id, order });
    grip.onpointermove = ({ clientY }) => {
      const to = placeAt(list.current!, clientY), from = order.findIndex((each) => each.id === row.id);
      if (to === from || to < 0) return;
      order = moved(order, from, to);
      setDragged({ id: row.id, order });
    };
    const end = (keep: boolean) => () => {
      grip.onpointermove = grip.onpointerup = grip.onpointercancel = null;
      const to = order.findIndex((each) => each.id === row.id);
      if (keep && order !== shown) {
        arrange(order, to);
        say(words.moved(to + 1, order.length));
      }
      setDragged(null);
    };
    grip.onpointerup = end(true);
    grip.onpointercancel = end(false);
  };

  return (
    <>
      <ol class={numbered ? "ordered numbered" : "ordered"} ref={list}>
        <Growing of={shown} end="li">{(row, index) => {
          const may = mayWrite(row.table, row.space), title = titleOf(row);
          return (
            <li key={row.id} data-row={row.id} class={dragged?.id === row.id ? "lifted" : undefined}>
              {may && (
                <button class="icon quiet grip" aria-label={`${words.drag} : ${title}`} title={words.hint} onPointerDown={drag(row)} onKeyDown={onKeyDown(row)}>
                  <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 3v.01M10 3v.01M6 8v.01M10 8v.01M6 13v.01M10 13v.01" /></svg>
                </button>
              )}
              <div class="ordered-body" onKeyDown={onKeyDown(row)}>{render(row, index)}</div>
              <div class="ordered-tools">
                <Comments row={row} />
                {may && (
                  <>
                    <button class="icon quiet up" disabled={index === 0} aria-label={`${words.up} : ${title}`} onClick={() => step(row, -1, ".up")}>↑</button>
                    <button class="icon quiet down" disabled={index === shown.length - 1} aria-label={`${words.down} : ${title}`} onClick={() => step(row, 1, ".down")}>↓</button>
                    <Remove row={row} />
                  </>
                )}
              </div>
            </li>
          );
        }}</Growing>
      </ol>
      <p class="unseen" aria-live="assertive">{said}</p>
    </>
  );
}

export function moved(rows: Row[], from: number, to: number): Row[] {
  const order = [...rows];
  order.splice(to, 0, ...order.splice(from, 1));
  return order;
}

export function placeAt(list: HTMLElement, y: number): number {
  const items = [...list.children];
  const below = items.findIndex((item) => {
    const { top, bottom } = item.getBoundingClientRect();
    return y < (top + bottom) / 2 + (bottom - top) / 4;
  });
  return below === -1 ? items.length - 1 : below;
}
