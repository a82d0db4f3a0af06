// How factors are ranked and sifted. Pure.
import type { Row } from "../api";

export type Sort = "score" | "side" | "domain" | "added";
export const sorts: Sort[] = ["score", "side", "domain", "added"];
export interface Sieve {
  impact: string; // "": all
  domain: string;
  origin: string;
}

const strength = ({ score }: Row) => (typeof score === "number" ? score : 0);
const signed = (row: Row) => (row.impact === "negative" ? -1 : 1) * strength(row);

// domains: in the order of the declaration.
export function ranked(factors: readonly Row[], sort: Sort, domains: readonly string[]): Row[] {
  const place = ({ domain }: Row) => (domains.indexOf(String(domain)) + domains.length + 1) % (domains.length + 1); // without one: last
  const compare: Record<Sort, (a: Row, b: Row) => number> = {
    score: (a, b) => strength(b) - strength(a) || signed(b) - signed(a),
    side: (a, b) => signed(b) - signed(a),
    domain: (a, b) => place(a) - place(b) || strength(b) - strength(a),
    added: () => 0,
  };
  return [...factors].sort((a, b) => compare[sort](a, b) || a.id - b.id);
}

export function sifted(factors: readonly Row[], { impact, domain, origin }: Sieve): Row[] {
  return factors.filter((each) => (impact === "" || each.impact === impact) && (domain === "" || each.domain === domain) && (origin === "" || each.origin === origin));
}
