// What it takes to send so much, in words: for this device, and for those who receive it.
import { api } from "../app";
import type { mediaWords } from "../words/pages/media";
import { bytes, francs } from "../words";

type Own = (typeof mediaWords)["fr"];

export function inWords(own: Own, cost: { bytes: number; francs: number | null; nights: number | null }): string {
  return [bytes(cost.bytes), cost.francs !== null && `${francs(cost.francs)} FCFA`, cost.nights === null ? own.never : cost.nights > 0 && own.nights(cost.nights)].filter(Boolean).join(", ");
}

export async function costOf(own: Own, count: number, space: number): Promise<{ here: string; others: string } | null> {
  try {
    const cost = await api.mediaCost(count, space);
    const paid = cost.receivers_francs === null ? "" : own.receiversFrancs(francs(cost.receivers_francs)!);
    return { here: inWords(own, cost), others: cost.receivers > 0 ? own.receivers(cost.receivers, paid) : "" };
  } catch {
    return null; // it is kept all the same
  }
}
