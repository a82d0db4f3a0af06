// When it goes, over which links and for how much. Each choice is kept as it is made; what the program refuses stays here with the reason.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { api, changes, complain } from "../app";
import { useCommon, useLive, useWords } from "../hooks";
import { Settings } from "../settings";
import { language } from "../words";
import type { Common } from "../words/fr";
import { mediaWords } from "../words/pages/media";
import { syncWords } from "../words/pages/sync";

type Policy = "night" | "link" | "manual";
const policies: Policy[] = ["night", "link", "manual"];
const limits = ["night_kb", "night_fcfa", "day_kb", "day_fcfa", "month_kb", "month_fcfa"] as const;

// Null until they are here.
export function useSettings(): Settings | null {
  const changed = useLive(changes);
  const [settings] = useState(() => new Settings(api, complain));
  useLive(settings.changed);
  useEffect(() => void settings.read(), [changed]);
  return settings.isHere ? settings : null;
}

export function SyncSettings({ settings }: { settings: Settings }) {
  const words = useWords(syncWords), media = useWords(mediaWords);
  const value = (name: string) => settings.value(name), set = settings.choose;
  const [from = "", until = ""] = value("window").split("-");
  return (
    <section>
      <h2>{words.settings}</h2>
      <Radios name="policy" label={words.policy} value={value("policy")} options={policies.map((each) => [each, words.policies[each]])} set={set} />
      {value("policy") === "night" && (
        <p class="sync-window">
          <label>{words.from} <input type="time" value={from} onChange={(event) => event.currentTarget.value && void set("window", `${event.currentTarget.value}-${until}`)} /></label>{" "}
          <label>{words.until} <input type="time" value={until} onChange={(event) => event.currentTarget.value && void set("window", `${from}-${event.currentTarget.value}`)} /></label>
        </p>
      )}
      <Radios name="mobile_data" label={words.mobile} value={value("mobile_data")} options={[["yes", words.yes], ["no", words.no]]} set={set} />
      <Radios name="fetch_media" label={media.fetchMedia} value={value("fetch_media")} options={[["all", media.fetchAll], ["asked", media.fetchAsked]]} set={set} />
      <Figure name="price" label={words.price} value={value("price") === "0" ? "" : decimal(value("price"))} wrong={settings.wrong("price")} complain={priceComplaint} set={(to) => void set("price", to.replace(",", ".") || "0")} />
      <h3>{words.limits}</h3>
      <div class="sync-limits">
        {limits.map((name) => (
          <Figure key={name} name={name} label={words.limit[name]} placeholder={words.noLimit} value={value(name) === "none" ? "" : value(name)} wrong={settings.wrong(name)} complain={limitComplaint} set={(to) => void set(name, to || "none")} />
        ))}
      </div>
    </section>
  );
}

const largest_limit = 1_000_000_000, largest_price = 100_000;
const limitComplaint = (text: string, words: Common["complaint"]) => (!/^\d+$/.test(text) ? words.whole : Number(text) > largest_limit ? words.between(0, largest_limit) : null);
const priceComplaint = (text: string, words: Common["complaint"]) =>
  (!/^\d+([.,]\d{1,3})?$/.test(text) ? words.number : Number(text.replace(",", ".")) > largest_price ? words.between(0, largest_price) : null);

// As it is written here: 1,2 where a comma is read.
const decimal = (text: string) => (language.now === "en" ? text : text.replace(".", ","));

export function Radios({ name, label, value, options, set }: { name: string; label: string; value: string; options: [string, string][]; set(name: string, value: string): unknown }) {
  return (
    <fieldset class="field">
      <legend class="field-label">{label}</legend>
      <div class="radios segments">
        {options.map(([option, text]) => (
          <label key={option} class={option === value ? "radio chosen" : "radio"}>
            <input type="radio" class="unseen" name={name} checked={option === value} onChange={() => set(name, option)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface FigureProps {
  name: string;
  label: string;
  value: string;
  placeholder?: string;
  wrong: string | undefined; // in the words of the server
  complain(text: string, words: Common["complaint"]): string | null;
  set(value: string): void;
}

function Figure({ name, label, value, placeholder, wrong, complain, set }: FigureProps) {
  const common = useCommon();
  const [typed, setTyped] = useState(value);
  const [left, setLeft] = useState(value); // what was typed when the field was last left
  useLayoutEffect(() => {
    if (typed === left) setTyped(value); // else somebody writes in it
    setLeft(value);
  }, [value]);
  const own = left === "" ? null : complain(left, common.complaint);
  const leave = () => {
    const text = typed.trim();
    setLeft(text);
    if ((text !== value || wrong) && (text === "" || complain(text, common.complaint) === null)) set(text);
  };
  const told = own ?? wrong;
  const id = `setting-${name}`;
  return (
    <div class="field">
      <label class="field-label" for={id}>{label}</label>
      <input id={id} type="text" class="number" inputMode="decimal" value={typed} placeholder={placeholder} aria-invalid={told !== undefined} aria-describedby={told ? `${id}-wrong` : undefined}
        onInput={(event) => setTyped(event.currentTarget.value)} onBlur={leave} onKeyDown={(event) => event.key === "Enter" && leave()} />
      {told && <p class="field-wrong" id={`${id}-wrong`}>{told}</p>}
    </div>
  );
}
