// How far the terms of reference are: written, validated by who visits, signed by who receives. Each step says who and when, and goes back.
import { useState } from "preact/hooks";
import type { Fields, Row } from "../api";
import { device, mayWrite, schema } from "../app";
import { useLive, useRow, useRowForm, useWords } from "../hooks";
import { isBlank } from "../schema";
import { dayShort, language, today } from "../words";
import { programmeWords } from "../words/pages/programme";

export function Agreement({ terms, visit }: { terms: Row; visit: Row }) {
  const words = useWords(programmeWords);
  const speaks = useLive(language);
  const form = useRowForm(terms);
  const guest = useRow("organisation", Number(visit.guest)), host = useRow("organisation", Number(visit.host));
  const may = mayWrite("terms", terms.space);
  const state = String(form.value("state") ?? "draft");
  const isValid = state === "validated" || state === "signed", isSigned = state === "signed";
  const put = (fields: Fields) => {
    for (const [column, value] of Object.entries(fields)) form.set(column, value);
    void form.save();
  };
  const label = schema.column("terms", "state").choices?.find(({ code }) => code === state)?.label[speaks] ?? "";
  return (
    <>
      <ol class="agreement">
        <li class="done"><b>{words.stepDraft}</b><p class="hint">{isValid ? words.fixed(label) : words.stepDraftDone}</p></li>
        <Step title={words.stepValidate(String(guest?.name ?? words.guest))} column="validated_by" done={isValid} terms={terms} may={may} act={words.validate}
          go={(by) => put({ state: "validated", validated_by: by, validated_on: today() })}
          undo={isValid && !isSigned ? words.undoValidate : null} back={() => put({ state: "draft", validated_by: null, validated_on: null })} on={terms.validated_on} />
        <Step title={words.stepSign(String(host?.name ?? words.host))} column="signed_by" done={isSigned} terms={terms} may={may} act={words.sign} waits={isValid ? null : words.waitsForValidation}
          go={(by) => put({ state: "signed", signed_by: by, signed_on: today() })}
          undo={isSigned ? words.undoSign : null} back={() => put({ state: "validated", signed_by: null, signed_on: null })} on={terms.signed_on} />
      </ol>
    </>
  );
}

interface StepProps {
  title: string;
  column: "validated_by" | "signed_by";
  done: boolean;
  terms: Row;
  on: unknown;
  may: boolean;
  act: string;
  go(by: string): void;
  undo: string | null;
  back(): void;
  waits?: string | null;
}

function Step({ title, column, done, terms, on, may, act, go, undo, back, waits = null }: StepProps) {
  const words = useWords(programmeWords);
  const speaks = useLive(language);
  const me = useLive(device)?.person ?? "";
  const [typed, setTyped] = useState<string | null>(null);
  const name = (typed ?? me).trim();
  const id = `step-${column}`;
  return (
    <li class={done ? "done" : undefined}>
      <b>{title}</b>
      {done && <p>{words.by(String(terms[column] ?? "—"), isBlank(on as string) ? "—" : dayShort(String(on)))} {may && undo && <button class="quiet" onClick={back}>{undo}</button>}</p>}
      {!done && (waits || !may) && <p class="hint">{waits ?? words.waits}</p>}
      {!done && !waits && may && (
        <form class="by-name" onSubmit={(event) => { event.preventDefault(); if (name !== "") go(name); setTyped(null); }}>
          <label class="field-label" for={id}>{schema.column("terms", column).label[speaks]}</label>
          <div class="by-name-line">
            <input id={id} type="text" value={typed ?? me} onInput={(event) => setTyped(event.currentTarget.value)} />
            <button type="submit" class="main" disabled={name === ""}>{act}</button>
          </div>
        </form>
      )}
    </li>
  );
}
