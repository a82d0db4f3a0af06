// A device without a notebook: an invite opens one, or the sample.
import { useState } from "preact/hooks";
import { api, speak } from "../app";
import { ApiError } from "../api";
import { useCommon, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { languageNames, languages } from "../words";
import { firstRunWords } from "../words/pages/first_run";
import { Scan } from "./Scan";

export function FirstRun() {
  const own = useWords(firstRunWords), words = useCommon();
  const [invite, setInvite] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (what: () => Promise<unknown>) => {
    setBusy(true);
    setWrong(null);
    try {
      await what();
      location.reload();
    } catch (error) {
      setWrong(error instanceof ApiError ? error.message : words.away);
      setBusy(false);
    }
  };
  return (
    <main class="first-run">
      <Sheet title={own.title} lead={own.lead} above={<Languages />}>
        <form onSubmit={(event) => { event.preventDefault(); void attempt(() => api.enrol(invite.trim())); }}>
          <div class="field">
            <label class="field-label" for="invite">{own.invite}</label>
            <textarea id="invite" rows={3} value={invite} autocomplete="off" spellcheck={false} aria-invalid={wrong !== null} aria-describedby={wrong ? "invite-wrong" : undefined}
              onInput={(event) => setInvite(event.currentTarget.value)} />
            {wrong && <p class="field-wrong" id="invite-wrong" role="alert">{wrong}</p>}
          </div>
          <div class="first-run-ways">
            <button type="submit" class="main" disabled={busy || invite.trim() === ""}>{own.open}</button>
            <Scan found={(text) => { setInvite(text); void attempt(() => api.enrol(text)); }} />
          </div>
        </form>
        <hr />
        <p>{own.sampleLead}</p>
        <button disabled={busy} onClick={() => void attempt(() => api.openSample())}>{own.sample}</button>
      </Sheet>
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
