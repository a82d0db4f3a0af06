// Where the bytes of media are: here, on their way, or elsewhere; what waits of them and what it costs. Asked for when somebody looks, and
// again when rows of media change or bytes moved.
import { useEffect } from "preact/hooks";
import type { Cell, MediaItem, MediaState, Row } from "../api";
import { api, changes, syncing } from "../app";
import { useAllRows, useLive } from "../hooks";
import { Live } from "../live";

export interface MediaKnown extends MediaState {
  items: MediaItem[];
  fetches: "all" | "asked";
  policy: string; // when this device synchronises
}
const known = new Live<MediaKnown | null>(null);
let reading = false, wanted = false;

async function read(): Promise<void> {
  wanted = true;
  if (reading) return;
  reading = true;
  while (wanted) {
    wanted = false;
    try {
      const [media, settings] = await Promise.all([api.media(), api.settings()]);
      const setting = (name: string) => settings.find((each) => each.name === name)?.value ?? "";
      known.now = { ...media, fetches: setting("fetch_media") === "asked" ? "asked" : "all", policy: setting("policy") };
    } catch {} // asked again with the next change
  }
  reading = false;
}
export const refreshMedia = () => void read();

export function useMediaKnown(): MediaKnown | null {
  const changed = useLive(changes), moved = useLive(syncing), rows = useAllRows("media");
  useEffect(refreshMedia, [changed, moved, rows]);
  return useLive(known);
}

// "image/jpeg 153220 HASH", as a cell names a blob.
export interface BlobName {
  type: string;
  bytes: number;
  hash: string;
}
export function blobName(cell: Cell | undefined): BlobName | null {
  const parts = typeof cell === "string" ? cell.split(" ") : [];
  return parts.length === 3 ? { type: parts[0]!, bytes: Number(parts[1]), hash: parts[2]! } : null;
}
export const addressOf = ({ hash, type }: BlobName) => `/media/${hash}?type=${encodeURIComponent(type)}`;
export const itemOf = (media: MediaState | null, row: Row, column: string) => media?.items.find((each) => each.row === row.id && each.column === column);

// The media of each row, of all rows that were read: asked for by every row of a page.
const sorted = new WeakMap<readonly Row[], Map<string, Row[]>>();
export function mediaAbout(rows: readonly Row[] | null, table: number, id: number | null): Row[] {
  if (!rows || id === null) return [];
  let by = sorted.get(rows);
  if (!by) {
    by = new Map();
    for (const row of rows) {
      const key = `${row.about_table} ${row.about}`, of = by.get(key);
      if (of) of.push(row);
      else by.set(key, [row]);
    }
    sorted.set(rows, by);
  }
  return by.get(`${table} ${id}`) ?? [];
}
