// Inputs of one line: text, numbers, dates and times of day.
import { useState } from "preact/hooks";
import type { InputProps } from "./Field";

const common = ({ form, column, id, readOnly, describedBy, placeholder, invalid }: InputProps) => ({
  id, readOnly, placeholder,
  "aria-describedby": describedBy,
  "aria-invalid": invalid,
  "aria-required": column.required,
  onFocus: () => form.opened(),
  onBlur: () => void form.save(),
});

export function Line(props: InputProps) {
  const { form, column } = props;
  const kind = column.name === "email" ? "email" : column.name === "phone" ? "tel" : column.name === "website" ? "url" : "text";
  return (
    <input
      {...common(props)} type="text" inputMode={kind} value={String(form.value(column.name) ?? "")}
      onInput={(event) => form.set(column.name, event.currentTarget.value)}
      onCompositionStart={() => form.compose(column.name, true)}
      onCompositionEnd={() => form.compose(column.name, false)}
    />
  );
}

// What is typed stays as typed, also where it is no number yet.
export function NumberInput(props: InputProps) {
  const { form, column } = props;
  const value = form.value(column.name);
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      {...common(props)} type="text" inputMode={column.type === "integer" ? "numeric" : "decimal"} class="number"
      value={typed ?? (typeof value === "number" ? String(value) : (value ?? ""))}
      onInput={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        form.set(column.name, readNumber(text));
      }}
      onBlur={() => { setTyped(null); void form.save(); }}
    />
  );
}

// "1 250,5" as well as "1250.5"; what is no number is kept as it stands and complained about.
export function readNumber(text: string): number | string | null {
  const bare = text.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
  if (bare === "") return null;
  return /^-?\d+(\.\d*)?$/.test(bare) ? Number(bare) : text;
}

export function DateInput(props: InputProps) {
  const { form, column } = props;
  return <input {...common(props)} type="date" value={String(form.value(column.name) ?? "")} onInput={(event) => form.set(column.name, event.currentTarget.value)} />;
}

export function TimeInput(props: InputProps) {
  const { form, column } = props;
  return <input {...common(props)} type="time" value={String(form.value(column.name) ?? "")} onInput={(event) => form.set(column.name, event.currentTarget.value)} />;
}
