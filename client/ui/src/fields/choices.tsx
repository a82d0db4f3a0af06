// One out of few: scores as buttons, 0 to 3 with their meaning and 1 to 10 as figures; yes or no; codes as segments, or as a list where there
// are many.
import type { Cell } from "../api";
import { useCommon, useLive } from "../hooks";
import { language } from "../words";
import type { InputProps } from "./Field";

interface Option {
  value: string | number;
  text: string;
  figure?: number;
}

export function Score(props: InputProps) {
  const words = useCommon().field;
  const { min = 0, max = 10 } = props.column;
  const figures = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  if (min === 0 && max === 3) return <Radios {...props} look="meanings" options={figures.map((figure) => ({ value: figure, figure, text: words.scores[figure] ?? "" }))} />;
  return <Radios {...props} look="figures" options={figures.map((figure) => ({ value: figure, text: String(figure) }))} />;
}

export function YesNo(props: InputProps) {
  const words = useCommon().field;
  return <Radios {...props} look="segments" options={[{ value: 0, text: words.no }, { value: 1, text: words.yes }]} />;
}

const most_segments = 4;

export function Choice(props: InputProps) {
  const speaks = useLive(language);
  const words = useCommon().field;
  const { form, column, id, readOnly, describedBy, invalid } = props;
  const options = (column.choices ?? []).map(({ code, label }) => ({ value: code, text: label[speaks] }));
  if (options.length <= most_segments) return <Radios {...props} look="segments" options={options} />;
  return (
    <select
      id={id} disabled={readOnly} aria-describedby={describedBy} aria-invalid={invalid} value={String(form.value(column.name) ?? "")}
      onChange={(event) => { form.set(column.name, event.currentTarget.value); void form.save(); }}
    >
      <option value="">{words.choose}</option>
      {options.map(({ value, text }) => <option key={value} value={value}>{text}</option>)}
    </select>
  );
}

function Radios({ form, column, id, readOnly, describedBy, options, look }: InputProps & { options: Option[]; look: string }) {
  const words = useCommon().field;
  const value = form.value(column.name);
  const choose = (chosen: Cell) => {
    form.set(column.name, chosen);
    void form.save();
  };
  return (
    <div class={`radios ${look}`} role="radiogroup" aria-labelledby={`${id}-label`} aria-describedby={describedBy} aria-required={column.required}>
      {options.map((option) => (
        <label key={option.value} class={value === option.value ? "radio chosen" : "radio"}>
          <input
            type="radio" class="unseen" name={id} value={String(option.value)} checked={value === option.value} disabled={readOnly}
            onChange={() => choose(option.value)}
          />
          {option.figure !== undefined && <b>{option.figure}</b>}
          <span>{option.text}</span>
        </label>
      ))}
      {value !== null && !column.required && !readOnly && (
        <button class="icon quiet" aria-label={words.clear} title={words.clear} onClick={() => choose(null)}>×</button>
      )}
    </div>
  );
}
