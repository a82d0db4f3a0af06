// How the pages look and speak on this device.
import { device, speak } from "../app";
import { useCommon, useLive, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { theme, type Theme } from "../theme";
import { language, languageNames, languages } from "../words";
import { settingsWords } from "../words/pages/settings";

export function Settings() {
  const words = useCommon(), own = useWords(settingsWords);
  const speaks = useLive(language), look = useLive(theme), known = useLive(device);
  const looks: Theme[] = ["system", "light", "dark"];
  return (
    <Sheet title={words.nav.settings} lead={own.lead}>
      <Pick label={words.language} name="language" value={speaks} options={languages.map((each) => [each, languageNames[each]])} choose={(each) => void speak(each)} />
      <Pick label={words.theme.label} name="theme" value={look} options={looks.map((each) => [each, words.theme[each]])} choose={(each) => { theme.now = each; }} />
      <p class="hint">{[known?.name, `Carnet ${known?.version ?? ""}`].filter(Boolean).join(" · ")}</p>
    </Sheet>
  );
}

function Pick<T extends string>({ label, name, value, options, choose }: { label: string; name: string; value: T; options: [T, string][]; choose(value: T): void }) {
  return (
    <fieldset class="field">
      <legend class="field-label">{label}</legend>
      <div class="radios segments">
        {options.map(([option, text]) => (
          <label key={option} class={option === value ? "radio chosen" : "radio"} lang={name === "language" ? option : undefined}>
            <input type="radio" class="unseen" name={name} checked={option === value} onChange={() => choose(option)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
