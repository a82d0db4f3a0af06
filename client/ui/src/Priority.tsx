// How much an answer to a sub-question is wanted, in one word.
import type { Row } from "./api";
import { schema } from "./app";
import { useLive } from "./hooks";
import { language } from "./words";

export function Priority({ of }: { of: Row }) {
  const speaks = useLive(language);
  const choice = schema.column("sub_question", "priority").choices?.find(({ code }) => code === of.priority);
  return choice ? <span class={`priority ${choice.code}`}>{choice.label[speaks]}</span> : null;
}
