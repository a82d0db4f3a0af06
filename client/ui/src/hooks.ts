// What components follow: live values, rows by table, forms, words in the language of the page.
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { Fields, Row } from "./api";
import { autosave, device, space, store } from "./app";
import type { Form } from "./form";
import { Live } from "./live";
import { common, language, plain, today, type Words } from "./words";

export function useLive<T>(live: Live<T>): T {
  const [, draw] = useState(0);
  const seen = live.now;
  useLayoutEffect(() => {
    const again = () => draw((n) => n + 1);
    if (live.now !== seen) again(); // it changed between drawing and following
    return live.follow(again);
  }, [live]);
  return seen;
}

export function useWords<T>(words: Words<T>): T {
  return words[useLive(language)];
}
export const useCommon = () => useWords(common);

// The rows of a table in all spaces that this device holds; null until they are here.
export function useAllRows(table: string): readonly Row[] | null {
  useEffect(() => store.follow([table]), [table]);
  return useLive(store.live(table));
}
// In the space that is chosen.
export function useRows(table: string): readonly Row[] | null {
  const rows = useAllRows(table);
  const here = useLive(space);
  return useMemo(() => rows && rows.filter((row) => row.space === here), [rows, here]);
}

export function useRow(table: string, id: number | null): Row | undefined {
  return useAllRows(table)?.find((row) => row.id === id);
}

// Draws anew when the form changes, and keeps it as long as it is shown.
export function useForm(form: Form): Form {
  useLayoutEffect(() => autosave.hold(form), [form]);
  useLive(form.live);
  return form;
}
export const useRowForm = (row: Row): Form => useForm(autosave.of(row));
export const useKeyedForm = (table: string, of: number, keys: Fields, row: Row | undefined): Form => useForm(autosave.keyed(table, of, keys, row));

// The form of a new row that begins with the first input. `place` names where on the page it stands; null until ids are here.
export function useDraft(place: string, table: string, of: number, preset: Fields): Form | null {
  useLive(autosave.ready);
  const form = autosave.draft(place, table, of, preset);
  useLayoutEffect(() => (form ? autosave.hold(form) : undefined), [form]);
  const [, draw] = useState(0);
  useLayoutEffect(() => form?.live.follow(() => draw((n) => n + 1)), [form]);
  return form;
}

// Who writes here: the row of the person whose device this is, if there is one.
export function useMe(): number | null {
  const name = useLive(device)?.person;
  const people = useAllRows("person");
  const here = useLive(space);
  if (!name || !people) return null;
  const same = people.filter((person) => plain(String(person.name ?? "")) === plain(name));
  return (same.find((person) => person.space === here) ?? same[0])?.id ?? null;
}

// The day here and now, as it was when somebody last came to the page: it does not change under the hands of who writes at midnight.
const todayIs = new Live(today());
export function startToday(): void {
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") todayIs.now = today(); });
}
export const useToday = () => useLive(todayIs);
