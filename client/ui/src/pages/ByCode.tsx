// What somebody was given as a text that is also a code: it is pasted, typed or scanned, and then used. What speaks against it is told beside.
import { useState } from "preact/hooks";
import { ApiError } from "../api";
import { useCommon } from "../hooks";
import { Scan } from "./Scan";

interface ByCodeProps {
  id: string;
  label: string;
  button: string;
  rows?: number; // of a text that is long
  placeholder?: string;
  use(text: string): Promise<unknown>;
}

export function ByCode({ id, label, button, rows, placeholder, use }: ByCodeProps) {
  const words = useCommon();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (given: string) => {
    setText(given);
    setBusy(true);
    setWrong(null);
    try {
      await use(given.trim());
    } catch (error) {
      setWrong(error instanceof ApiError ? error.message : words.away);
    }
    setBusy(false);
  };
  const Box = (rows ? "textarea" : "input") as "textarea";
  return (
    <form onSubmit={(event) => { event.preventDefault(); void attempt(text); }}>
      <div class="field">
        <label class="field-label" for={id}>{label}</label>
        <Box id={id} rows={rows} placeholder={placeholder} value={text} autocomplete="off" spellcheck={false} aria-invalid={wrong !== null} aria-describedby={wrong ? `${id}-wrong` : undefined} onInput={(event) => setText(event.currentTarget.value)} />
        {wrong && <p class="field-wrong" id={`${id}-wrong`} role="alert">{wrong}</p>}
      </div>
      <div class="ways">
        <button type="submit" class="main" disabled={busy || text.trim() === ""}>{button}</button>
        <Scan found={(scanned) => void attempt(scanned)} />
      </div>
    </form>
  );
}
