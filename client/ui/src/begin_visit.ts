// A visit begins: five days. The first visit goes north as the partnership does, each next one the other way.
import type { Row } from "./api";
import { api, complain, store } from "./app";
import { usual_days } from "./day";
import { dayBeside } from "./words";

// Its id; null where it was refused, which is told.
export async function beginVisit(space: number, starts_on: string, visits: readonly Row[], partnership: Row | undefined): Promise<number | null> {
  const last = visits[visits.length - 1];
  const who = last ? { guest: last.host ?? null, host: last.guest ?? null } : { guest: partnership?.south ?? null, host: partnership?.north ?? null };
  try {
    const { row } = await api.add({ table: "visit", space, fields: { ...who, starts_on, ends_on: dayBeside(starts_on, usual_days - 1) } });
    store.show(row);
    return row.id;
  } catch (error) {
    complain(error);
    return null;
  }
}
