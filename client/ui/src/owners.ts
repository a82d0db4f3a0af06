// Whose rows there are in a space. Pure; rows come from the store.
import type { Row } from "./api";

export type Owner = Row | null; // null: of rows whose municipality is not known

// Whose rows there are, and who may begin some: the municipalities of the space, or all where it has none.
export function owners(organisations: readonly Row[], rows: readonly Row[], here: number): Owner[] {
  const own = organisations.filter(({ space: of, kind }) => of === here && kind === "municipality");
  const candidates = own.length > 0 ? own : organisations.filter(({ kind }) => kind === "municipality");
  const named = organisations.filter(({ id }) => candidates.some((each) => each.id === id) || rows.some(({ organisation }) => organisation === id));
  const lost = rows.some(({ organisation }) => !organisations.some(({ id }) => id === organisation));
  return lost ? [...named, null] : named;
}

// Which rows are the owner's.
export const isOf = (owner: Owner, organisations: readonly Row[]) => ({ organisation }: Row): boolean =>
  owner === null ? !organisations.some(({ id }) => id === organisation) : organisation === owner.id;
