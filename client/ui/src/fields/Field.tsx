// One cell of a row in a form: label, input by the type that the schema declares, what is wrong with it, and marks of a merged text.
import type { ComponentChildren } from "preact";
import type { Column } from "../api";
import { complain, api, mayWrite, rereads, schema } from "../app";
import type { Form } from "../form";
import { useCommon, useLive } from "../hooks";
import { isBlank } from "../schema";
import { language } from "../words";
import { Choice, Score, YesNo } from "./choices";
import { DateInput, Line, NumberInput, TimeInput } from "./lines";
import { Prose } from "./Prose";
import { Reference } from "./Reference";

export interface InputProps {
  form: Form;
  column: Column;
  id: string;
  readOnly: boolean;
  describedBy: string | undefined;
  placeholder?: string | undefined;
  lines: number;
  invalid: boolean;
}

export interface FieldProps {
  form: Form;
  column: string;
  label?: string; // instead of the schema's
  hideLabel?: boolean; // still read by screen readers
  placeholder?: string;
  lines?: number; // of a text that is still empty
  help?: ComponentChildren;
}

export function Field({ form, column: name, label, hideLabel, placeholder, lines = 2, help }: FieldProps) {
  useLive(form.live);
  const speaks = useLive(language);
  const column = schema.column(form.table, name);
  const id = `${form.key}-${name}`.replace(/[^\w-]/g, "_");
  const words = useCommon();
  const wrong = form.complaint(name) ?? (form.isDirty(name) ? form.problem : null);
  const notes = [help && `${id}-help`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  const props: InputProps = {
    form, column, id, placeholder, lines,
    readOnly: !mayWrite(form.table, form.space) || (column.key === true && form.exists),
    describedBy: notes || undefined,
    invalid: wrong !== null,
  };
  const grouped = isGroup(column);
  const Label = grouped ? "span" : "label";
  return (
    <div class={`field field-${column.type}`}>
      <Label id={`${id}-label`} class={hideLabel ? "field-label unseen" : "field-label"} {...(grouped ? {} : { for: id })}>
        {label ?? column.label[speaks]}
        {column.required && <span class="required" aria-hidden="true"> *</span>}
      </Label>
      {help && <p class="field-help" id={`${id}-help`}>{help}</p>}
      <Input {...props} />
      {column.type === "prose" && <Marks form={form} column={name} />}
      {wrong && (
        <p class="field-wrong" id={`${id}-wrong`}>
          {wrong} {form.state === "refused" && form.isDirty(name) && <button class="quiet" onClick={() => form.discard()}>{words.save.discard}</button>}
        </p>
      )}
    </div>
  );
}

const isScore = ({ type, min, max }: Column) => type === "integer" && min !== undefined && max !== undefined && max <= 10 && max > 1;
const isFlag = ({ type, min, max }: Column) => type === "integer" && min === 0 && max === 1;
const isGroup = (column: Column) => isScore(column) || isFlag(column) || (column.type === "code" && (column.choices?.length ?? 0) <= 4);

function Input(props: InputProps) {
  switch (props.column.type) {
    case "prose": return <Prose {...props} />;
    case "integer": return isScore(props.column) ? <Score {...props} /> : isFlag(props.column) ? <YesNo {...props} /> : <NumberInput {...props} />;
    case "real": return <NumberInput {...props} />;
    case "date": return <DateInput {...props} />;
    case "time": return <TimeInput {...props} />;
    case "code": return <Choice {...props} />;
    case "reference": return <Reference {...props} />;
    default: return <Line {...props} />;
  }
}

// A text in which several wrote at once asks to be read again; each text has its earlier versions.
function Marks({ form, column }: { form: Form; column: string }) {
  const words = useCommon().field;
  const waiting = useLive(rereads);
  const { id } = form;
  if (id === null || !form.exists) return null;
  const asked = waiting.has(`${id}:${column}`);
  const reread = async () => {
    try {
      await api.reread(id, column);
      const left = new Set(rereads.now);
      left.delete(`${id}:${column}`);
      rereads.now = left;
    } catch (error) {
      complain(error);
    }
  };
  return (
    <div class={asked ? "marks asked" : "marks"}>
      {asked && (
        <p class="mark">
          {words.merged} <button class="quiet" onClick={reread}>{words.reread}</button>
        </p>
      )}
      {!isBlank(form.value(column)) && <a class="past quiet" href={`#/history/${id}/${column}`} title={words.history} aria-label={`${words.history} : ${schema.column(form.table, column).label[language.now]}`}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 4v4l3 2M2.5 8a5.5 5.5 0 1 0 1.6-3.9M2.5 2.5v2.6h2.6" /></svg>
      </a>}
    </div>
  );
}
