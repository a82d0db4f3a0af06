// Begins a new row of a list: it stands in the list at once, is saved with the first input, and is gone if nothing was written in it.
import type { Fields } from "../api";
import { autosave, mayWrite } from "../app";
import { useAllRows, useLive } from "../hooks";

export function AddRow({ table, space, preset, label }: { table: string; space: number; preset: Fields; label: string }) {
  useLive(autosave.ready);
  const rows = useAllRows(table);
  if (!mayWrite(table, space)) return null;
  const begin = () => {
    const form = autosave.begin(table, space, preset);
    if (form) focusRow(form.id);
  };
  return <button class="add-row" disabled={!rows || !autosave.ready.now || !autosave.mayStand(preset)} onClick={begin}>+ {label}</button>;
}

// When it is drawn.
export function focusRow(id: number | null): void {
  setTimeout(() => document.querySelector<HTMLElement>(["textarea", "input[type=text]"].map((kind) => `[data-row="${id}"] ${kind}`).join())?.focus(), 50);
}
