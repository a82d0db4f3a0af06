// The sub-questions of a visit, as programmes and terms of reference go through them. Pure; rows come from the store.
import type { Row } from "./api";
import { inOrder } from "./order";

export interface Asked {
  row: Row;
  question: Row;
  number: string; // "2.1": the first sub-question of the second question
}

// Those of the guest's questions, who comes to learn; where it has none, of all questions.
export function askedBy(guest: unknown, questions: readonly Row[], subQuestions: readonly Row[]): Asked[] {
  const own = questions.filter(({ organisation }) => organisation === guest);
  return inOrder(own.length > 0 ? own : questions).flatMap((question, index) =>
    inOrder(subQuestions.filter((each) => each.question === question.id)).map((row, place) => ({ row, question, number: `${index + 1}.${place + 1}` })));
}

const wanted = ["must", "like", "nice"];
const rank = ({ row }: Asked) => (wanted.indexOf(String(row.priority)) + wanted.length + 1) % (wanted.length + 1); // without a priority: last

// Those that nothing serves yet, the most wanted first.
export function unserved(asked: readonly Asked[], served: ReadonlySet<unknown>): Asked[] {
  return asked.filter(({ row }) => !served.has(row.id)).sort((a, b) => rank(a) - rank(b));
}
