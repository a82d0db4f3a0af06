// Puts somebody or something on a list by its name alone: one that is known already, offered while one types, or a new one.
import { useState } from "preact/hooks";
import type { Row } from "../api";
import { complain } from "../app";
import { titleOf } from "../titles";
import { plain } from "../words";

interface AddByNameProps {
  id: string;
  label: string;
  button: string;
  known?: readonly Row[];
  add(name: string, chosen: Row | undefined): Promise<void>;
}

export function AddByName({ id, label, button, known = [], add }: AddByNameProps) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const wish = name.trim();
    if (wish === "" || busy) return;
    setBusy(true);
    try {
      await add(wish, known.find((each) => plain(titleOf(each)) === plain(wish)));
      setName((now) => (now.trim() === wish ? "" : now));
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="by-name" onSubmit={submit}>
      <label class="field-label" for={id}>{label}</label>
      <div class="by-name-line">
        <input id={id} type="text" list={known.length > 0 ? `${id}-known` : undefined} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <datalist id={`${id}-known`}>{known.map((each) => <option key={each.id} value={titleOf(each)} />)}</datalist>
        <button type="submit" disabled={busy || name.trim() === ""}>{button}</button>
      </div>
    </form>
  );
}
