// A device without a notebook: an invite opens one, or the sample.
import { api, complain, speak } from "../app";
import { useCommon, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { Toasts } from "../toasts";
import { languageNames, languages } from "../words";
import { firstRunWords } from "../words/pages/first_run";
import { ByCode } from "./ByCode";

const again = () => location.reload();

export function FirstRun() {
  const own = useWords(firstRunWords);
  return (
    <main class="first-run">
      <Sheet title={own.title} lead={own.lead} above={<Languages />}>
        <ByCode id="invite" label={own.invite} button={own.open} rows={3} use={(invite) => api.enrol(invite).then(again)} />
        <hr />
        <p>{own.sampleLead}</p>
        <button onClick={() => api.openSample().then(again, complain)}>{own.sample}</button>
      </Sheet>
      <Toasts />
    </main>
  );
}

function Languages() {
  const { language: label } = useCommon();
  return (
    <nav class="first-run-languages" aria-label={label}>
      {languages.map((each) => <button key={each} class="quiet" lang={each} onClick={() => void speak(each)}>{languageNames[each]}</button>)}
    </nav>
  );
}
