// What the grid of progress shows: objectives with their sub-questions, and averages by day. Pure.
import type { Row } from "../api";
import { inOrder } from "../order";

export interface Group {
  objective: Row;
  questions: Row[];
}

// Of each objective the sub-questions that it names, else those of its learning question.
export function groups(objectives: readonly Row[], links: readonly Row[], questions: readonly Row[]): Group[] {
  return inOrder(objectives).map((objective) => {
    const named = new Set(links.filter((link) => link.objective === objective.id).map((link) => link.sub_question));
    const of = questions.filter((question) => (named.size > 0 ? named.has(question.id) : question.question !== null && question.question === objective.question));
    return { objective, questions: inOrder(of) };
  });
}

// The average of an objective's scores on a day; null where there is none.
export function average(scores: readonly Row[], objective: number, day: string): number | null {
  const of = scores.filter((each) => each.objective === objective && each.day === day && typeof each.score === "number");
  return of.length === 0 ? null : of.reduce((sum, each) => sum + Number(each.score), 0) / of.length;
}
