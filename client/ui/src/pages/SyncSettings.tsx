// When it goes, over which links and for how much. Each choice is kept as it is made; what the program refuses stays here with the reason.
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api";
import { api, changes, complain } from "../app";
import { useCommon, useLive, useWords } from "../hooks";
import { syncWords } from "../words/pages/sync";

type Policy = "night" | "link" | "manual";
const policies: Policy[] = ["night", "link", "manual"];
const limits = ["night_kb", "night_fcfa", "day_kb", "day_fcfa", "month_kb", "month_fcfa"] as const;

export function SyncSettings() {
  const words = useWords(syncWords);
  const changed = useLive(changes);
  const [values, setValues] = useState<Record<string, string> | null>(null);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  useEffect(() => void api.settings().then((all) => setValues(Object.fromEntries(all.map(({ name, value }) => [name, value]))), complain), [changed]);
  if (!values) return null;
  const set = async (name: string, value: string) => {
    setValues({ ...values, [name]: value });
    try {
      await api.set({ [name]: value });
      setWrong(({ [name]: _, ...rest }) => rest);
    } catch (error) {
      if (error instanceof ApiError) setWrong({ ...wrong, [name]: error.message });
      else complain(error);
    }
  };
  const [from = "", until = ""] = (values.window ?? "").split("-");
  return (
    <section>
      <h2>{words.settings}</h2>
      <Radios name="policy" label={words.policy} value={values.policy ?? ""} options={policies.map((each) => [each, words.policies[each]])} set={(value) => void set("policy", value)} />
      {values.policy === "night" && (
        <p class="sync-window">
          <label>{words.from} <input type="time" value={from} onChange={(event) => event.currentTarget.value && void set("window", `${event.currentTarget.value}-${until}`)} /></label>{" "}
          <label>{words.until} <input type="time" value={until} onChange={(event) => event.currentTarget.value && void set("window", `${from}-${event.currentTarget.value}`)} /></label>
        </p>
      )}
      <Radios name="mobile_data" label={words.mobile} value={values.mobile_data ?? ""} options={[["yes", words.yes], ["no", words.no]]} set={(value) => void set("mobile_data", value)} />
      <Figure name="price" label={words.price} value={values.price === "0" ? "" : values.price ?? ""} wrong={wrong.price} set={(value) => void set("price", value.replace(",", ".") || "0")} />
      <h3>{words.limits}</h3>
      <div class="sync-limits">
        {limits.map((name) => (
          <Figure key={name} name={name} label={words.limit[name]} placeholder={words.noLimit} value={values[name] === "none" ? "" : values[name] ?? ""} wrong={wrong[name]} set={(value) => void set(name, value || "none")} />
        ))}
      </div>
    </section>
  );
}

function Radios({ name, label, value, options, set }: { name: string; label: string; value: string; options: [string, string][]; set(value: string): void }) {
  return (
    <fieldset class="field">
      <legend class="field-label">{label}</legend>
      <div class="radios segments">
        {options.map(([option, text]) => (
          <label key={option} class={option === value ? "radio chosen" : "radio"}>
            <input type="radio" class="unseen" name={name} checked={option === value} onChange={() => set(option)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Figure({ name, label, value, placeholder, wrong, set }: { name: string; label: string; value: string; placeholder?: string; wrong: string | undefined; set(value: string): void }) {
  const common = useCommon();
  const [typed, setTyped] = useState(value);
  const [isNumber, setIsNumber] = useState(true);
  useEffect(() => setTyped(value), [value]);
  const leave = () => {
    const text = typed.trim();
    const fine = text === "" || /^\d+([.,]\d+)?$/.test(text);
    setIsNumber(fine);
    if (fine && text !== value) set(text);
  };
  const complaint = isNumber ? wrong : common.complaint.number;
  const id = `setting-${name}`;
  return (
    <div class="field">
      <label class="field-label" for={id}>{label}</label>
      <input id={id} type="text" class="number" inputMode="decimal" value={typed} placeholder={placeholder} aria-invalid={complaint !== undefined} aria-describedby={complaint ? `${id}-wrong` : undefined}
        onInput={(event) => setTyped(event.currentTarget.value)} onBlur={leave} onKeyDown={(event) => event.key === "Enter" && leave()} />
      {complaint && <p class="field-wrong" id={`${id}-wrong`}>{complaint}</p>}
    </div>
  );
}
