// Another row: found by typing, or added in place where nothing is found and a name is all that it needs.
import { useMemo, useRef, useState } from "preact/hooks";
import type { Cell, Row } from "../api";
import { api, complain, mayWrite, schema, store } from "../app";
import { useAllRows, useCommon, useLive } from "../hooks";
import { titleOf } from "../titles";
import { language, plain } from "../words";
import type { InputProps } from "./Field";

const most_shown = 30;

export function Reference({ form, column, id, readOnly, describedBy, placeholder, invalid }: InputProps) {
  const target = column.target!;
  const words = useCommon().field;
  const speaks = useLive(language);
  const rows = useAllRows(target);
  const [typed, setTyped] = useState<string | null>(null);
  const [marked, setMarked] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const cleared = useRef(false); // everything was taken out of the input
  const value = form.value(column.name);
  const chosen = rows?.find((row) => row.id === value);
  const open = typed !== null;

  const found = useMemo(() => matching(rows ?? [], typed ?? "", form.space), [rows, typed, form.space]);
  const name = nameColumn(target);
  const wish = (typed ?? "").trim();
  const addable = name !== null && wish !== "" && mayWrite(target, form.space) && !found.some((row) => plain(titleOf(row)) === plain(wish));
  const count = found.length + (addable ? 1 : 0);

  const choose = (cell: Cell) => {
    form.set(column.name, cell);
    setTyped(null);
    void form.save();
  };
  const add = async () => {
    try {
      const { row } = await api.add({ table: target, space: form.space, fields: { [name!]: wish } });
      store.show(row);
      choose(row.id);
    } catch (error) {
      complain(error);
    }
  };
  const take = (index: number) => {
    const row = found[index];
    if (row) choose(row.id);
    else if (addable) void add();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setTyped("");
      else if (count > 0) setMarked((marked + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      take(marked);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setTyped(null);
    }
  };
  const leave = (event: FocusEvent) => {
    if (box.current?.contains(event.relatedTarget as Node | null)) return;
    if (typed === "" && wish === "" && chosen && cleared.current) choose(null);
    cleared.current = false;
    setTyped(null);
  };

  return (
    <div class="reference" ref={box} onFocusOut={leave}>
      <input
        id={id} type="text" role="combobox" autocomplete="off" readOnly={readOnly} placeholder={placeholder ?? words.choose}
        aria-expanded={open} aria-controls={`${id}-list`} aria-autocomplete="list" aria-describedby={describedBy} aria-invalid={invalid}
        aria-activedescendant={open && count > 0 ? `${id}-${marked}` : undefined}
        value={typed ?? (chosen ? titleOf(chosen) : "")}
        onClick={() => !readOnly && !open && setTyped("")}
        onInput={(event) => { cleared.current = event.currentTarget.value === ""; setTyped(event.currentTarget.value); setMarked(0); }}
        onKeyDown={onKeyDown}
      />
      {value !== null && !readOnly && !column.required && (
        <button class="icon quiet" aria-label={words.clear} title={words.clear} onClick={() => choose(null)}>×</button>
      )}
      <ul id={`${id}-list`} role="listbox" class="options" hidden={!open} aria-label={schema.table(target).label[speaks]}>
        {open && found.map((row, index) => (
          <li key={row.id} id={`${id}-${index}`} role="option" aria-selected={index === marked} class={index === marked ? "option marked" : "option"}
            onPointerDown={(event) => { event.preventDefault(); choose(row.id); }}>{titleOf(row)}</li>
        ))}
        {open && addable && (
          <li id={`${id}-${found.length}`} role="option" aria-selected={marked === found.length} class={marked === found.length ? "option add marked" : "option add"}
            onPointerDown={(event) => { event.preventDefault(); void add(); }}>{words.add(wish)}</li>
        )}
        {open && count === 0 && <li class="option none" role="option" aria-selected={false} aria-disabled="true">{words.noMatch}</li>}
      </ul>
    </div>
  );
}

// Those of the form's own space first.
function matching(rows: readonly Row[], typed: string, space: number): Row[] {
  const parts = plain(typed).split(/\s+/);
  const fits = rows.filter((row) => {
    const title = plain(titleOf(row));
    return parts.every((part) => title.includes(part));
  });
  return fits.sort((a, b) => Number(b.space === space) - Number(a.space === space) || titleOf(a).localeCompare(titleOf(b))).slice(0, most_shown);
}

// The column that alone makes such a row, if there is one.
function nameColumn(table: string): string | null {
  const required = schema.table(table).columns.filter((column) => column.required);
  return required.length === 1 && required[0]!.type === "line" ? required[0]!.name : null;
}
