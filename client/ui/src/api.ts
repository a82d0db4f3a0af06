// Asks the server of this device (client/API.md). An answer is of the type that the contract names; what goes wrong is an ApiError, in
// words of the server, or Away, where there was no answer at all and nobody knows whether the wish arrived.
import type { Language } from "./words";

export type Cell = string | number | null;
export type Fields = Record<string, Cell>;
export type Versions = Record<string, string>;
export interface Row {
  readonly id: number;
  readonly table: string;
  readonly space: number;
  readonly [column: string]: Cell;
}

export type Label = Record<Language, string>;
export type ColumnType = "integer" | "real" | "line" | "prose" | "date" | "time" | "code" | "reference" | "row" | "media" | "preview";
export interface Column {
  name: string;
  type: ColumnType;
  label: Label;
  min?: number;
  max?: number;
  choices?: { code: string; label: Label }[];
  target?: string;
  required?: boolean;
  key?: boolean;
  owner?: boolean;
}
export interface Table {
  number: number;
  name: string;
  label: Label;
  help: Label;
  keyed: boolean;
  coached: boolean;
  columns: Column[];
}

export interface Space {
  space: number;
  name: string;
  kind: "municipality" | "partnership" | "network" | "hub" | string;
  role: "reader" | "writer" | "coach" | "admin" | string;
  rows: number;
  waiting: number;
  verified: number | null;
}
export interface Device {
  state: "ready" | "new" | "damaged";
  language: Language;
  version: string;
  damage?: string | null;
  device?: number;
  name?: string;
  person?: string | null; // by name, as the relay knows them
  languages_setting?: string;
  sample?: boolean;
  paired?: boolean;
  spaces?: Space[];
}
export interface Standing {
  row: Row;
  versions: Versions;
  saved?: Versions;
}
export interface Wording {
  number: number;
  column: string;
  value: Cell;
  by: string;
  device: number;
  written: number;
  standing: boolean;
  merged: boolean;
}
export interface Claim {
  value: Cell;
  by: string;
  written: number;
}
export interface Conflict {
  id: number;
  table: string;
  space: number;
  column: string | null;
  row: Row;
  kind: "cell" | "deleted";
  standing: Claim;
  others: Claim[];
}
export interface Reread {
  id: number;
  table: string;
  space: number;
  column: string;
  value: string;
}
export interface Hit {
  id: number;
  table: string;
  space: number;
  column: string;
  title: string;
  snippet: [string, boolean][];
}
export interface Setting {
  name: string;
  value: string;
  values: string;
  meaning: string;
}
export interface Freshness {
  space: number;
  device: number;
  name: string;
  person: string | null;
  latest: number;
}
export interface SetAside {
  number: number;
  up: boolean;
  space: number;
  reason: string;
  at: number;
  aside: boolean;
  rows: (Row | { table: string; id: number })[];
}
// A cell that names a blob. `part`: bytes of it that came so far.
export interface MediaItem {
  space: number;
  table: string;
  row: number;
  column: string;
  type: string;
  bytes: number;
  hash: string;
  large: boolean;
  wanted: boolean;
  here: boolean;
  part: number;
  sent: boolean;
  asked: boolean;
  why: string;
}
export interface Cost {
  bytes: number;
  francs: number | null;
  nights: number | null;
}
export interface MediaState {
  items: MediaItem[];
  up: Cost;
  down: Cost;
}
// For whom a bundle may be made, and what at most goes into it.
export interface BundleReader {
  for: string;
  name: string;
  kind: "space" | "device";
  rows: number;
  bytes: number;
  photos: number;
  photo_bytes: number;
}
export interface BundleMade {
  done: boolean;
  bytes: number;
  files: { name: string; bytes: number }[];
}
// Sentences, once all of it was read.
export interface BundleSaid {
  at: number;
  done: boolean;
  came: string[];
  missing: string[];
}
export interface SyncEvent {
  state: "running" | "done" | "failed";
  up: number;
  down: number;
  rows_up: number;
  rows_down: number;
  francs: number | null;
  error: string | null;
  conflicts: number;
}

// As `carnet status --json` and `carnet traffic --json` tell; times in unix seconds, francs null where nobody said what a megabyte costs.
export interface Amount {
  bytes: number;
  francs: number | null;
  limit_bytes: number | null;
  limit_francs: number | null;
}
// Why a sync comes, or does not.
export type Reason = "waiting" | "look" | "window_lost" | "nights_missed" | "manual" | "nothing_due" | "no_link" | "no_mobile_data" | "refused" | "outside_window" | "backing_off" | "just_ended" | "budget" | "budget_small";
export interface Status {
  spaces: Space[];
  conflicts: number;
  rereads: number;
  given_up: string[];
  clock_offset: number;
  waiting: { rows: number; bytes: number; francs: number | null; nights: number | null };
  used: { day: Amount; night: Amount; month: Amount };
  agent: { running: boolean; policy: "manual" | "link" | "night"; act: "go" | "later" | "never"; why: string; reason: Reason; next: number | null; last_complete: number | null; last_error: string | null };
  near: NearStatus;
}
// The local network. `listens`: empty where it cannot just now; `call`: the latest.
export interface NearStatus {
  listens: string | null;
  qr: string | null;
  met: { device: number; name: string; at: number; rows: number }[];
  call: { address: string; state: "running" | "done" | "failed"; said: string[]; error: string | null } | null;
}
export interface TrafficDay {
  day: string;
  link: "free" | "metered";
  up: number;
  down: number;
  overhead: number;
  connections: number;
  francs: number | null;
}

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, text: string, readonly column: string | null) {
    super(text);
  }
}
export class Away extends Error {}

// What a closing page may still send counts against a browser's limit of 64 KiB.
const largest_parting_body = 30_000;

export type Query = Record<string, string | number | undefined>;
function query(parts: Query): string {
  const known = Object.entries(parts).filter(([, value]) => value !== undefined);
  return known.length === 0 ? "" : "?" + known.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
}

export function createApi(fetch: typeof globalThis.fetch) {
  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
    if (method !== "GET") {
      init.headers = { "Content-Type": "application/json" };
      const text = JSON.stringify(body ?? {});
      init.body = text;
      init.keepalive = text.length < largest_parting_body;
    }
    let response: Response;
    let text: string;
    try {
      response = await fetch(path, init);
      text = await response.text();
    } catch {
      throw new Away();
    }
    return read<T>(response, text);
  }

  function read<T>(response: Response, text: string): T {
    let answer: unknown;
    try {
      answer = text === "" ? undefined : JSON.parse(text);
    } catch {
      if (response.ok) throw new Away(); // cut off in the middle
    }
    if (response.ok) return answer as T;
    const error = (answer as { error?: { code?: string; text?: string; column?: string } } | undefined)?.error;
    throw new ApiError(response.status, error?.code ?? "unknown", error?.text ?? `${response.status}`, error?.column ?? null);
  }

  // The bytes of a file, as they are.
  async function bring<T>(path: string, body: Blob, type: string): Promise<T> {
    let response: Response, text: string;
    try {
      response = await fetch(path, { method: "POST", credentials: "same-origin", cache: "no-store", headers: { "Content-Type": type }, body });
      text = await response.text();
    } catch {
      throw new Away();
    }
    return read<T>(response, text);
  }

  const get = <T>(path: string, parts: Query = {}) => ask<T>("GET", path + query(parts));
  const post = <T>(path: string, body?: unknown) => ask<T>("POST", path, body);

  return {
    schema: () => get<{ tables: Table[] }>("/api/schema"),
    device: () => get<Device>("/api/device"),
    enrol: (invite: string) => post<unknown>("/api/enrol", { invite }),
    code: (picture: { width: number; height: number; grey: string }) => post<{ text: string | null }>("/api/code", picture),
    openSample: () => post<unknown>("/api/sample"),
    leaveSample: () => ask<unknown>("DELETE", "/api/sample"),

    rows: (tables: string[], parts: Query = {}) => get<Record<string, Row[]>>("/api/rows", { table: tables.join(","), ...parts }),
    row: (id: number) => get<Standing>(`/api/rows/${id}`),
    ids: (count: number) => post<{ ids: number[] }>("/api/ids", { count }),
    add: (wish: { table: string; space: number; fields: Fields; id?: number }) => post<Standing>("/api/rows", wish),
    patch: (id: number, fields: Fields, opened_at: Versions) => ask<Standing>("PATCH", `/api/rows/${id}`, { fields, opened_at }),
    remove: (id: number) => ask<void>("DELETE", `/api/rows/${id}`),
    revive: (id: number) => post<Standing>(`/api/rows/${id}/revive`),
    history: (id: number) => get<Wording[]>(`/api/rows/${id}/history`),
    restore: (id: number, number: number) => post<Standing>(`/api/rows/${id}/restore`, { number }),
    publish: (id: number, space: number) => post<{ id: number }>(`/api/rows/${id}/publish`, { space }),

    conflicts: (decided = false) => get<Conflict[]>("/api/conflicts", decided ? { decided: 1 } : {}),
    decide: (id: number, column: string | null, choice: "keep" | "take" | { write: Cell }) => post<Standing>("/api/conflicts", { id, column, choice }),
    rereads: () => get<Reread[]>("/api/rereads"),
    reread: (id: number, column: string) => post<void>("/api/rereads", { id, column }),
    search: (q: string, parts: { space?: number; limit?: number } = {}) => get<{ hits: Hit[]; more: boolean; ms: number }>("/api/search", { q, ...parts }),

    status: () => get<Status>("/api/status"),
    traffic: () => get<TrafficDay[]>("/api/traffic"),
    freshness: () => get<Freshness[]>("/api/freshness"),
    settings: () => get<Setting[]>("/api/settings"),
    set: (settings: Record<string, string>) => ask<unknown>("PATCH", "/api/settings", settings),
    sync: () => post<void>("/api/sync"),
    call: (address: string) => post<void>("/api/near", { address }),
    quarantine: () => get<SetAside[]>("/api/quarantine"),
    release: (number: number, wish: { do: "retry" | "move" | "drop"; space?: number }) => post<void>(`/api/quarantine/${number}`, wish),

    bring: (file: Blob, type: string) => bring<{ name: string; hash: string; bytes: number }>("/media", file, type),
    media: () => get<MediaState>("/api/media"),
    mediaCost: (bytes: number, space: number) => get<Cost & { receivers: number; receivers_francs: number | null }>("/api/media/cost", { bytes, space }),
    askFor: (hash: string) => post<void>(`/api/media/${hash}`),

    bundles: () => get<{ readers: BundleReader[] }>("/api/bundles"),
    makeBundle: (wish: { for: string; photos: boolean; volume_mb: number }) => post<BundleMade>("/api/bundles", wish),
    goOn: () => post<BundleMade>("/api/bundles/go"),
    readBundle: (bytes: number) => post<{ piece: number }>("/api/bundles/read", { bytes }),
    piece: (at: number, bytes: Blob) => bring<BundleSaid>(`/bundle?at=${at}`, bytes, "application/octet-stream"),

    pairing: () => get<{ on: boolean; address: string; phones: { name: string; since: number; last_seen: number }[] }>("/api/pairing"),
    pair: (on: boolean) => post<{ address: string; pin: string; qr: string; expires: number }>("/api/pairing", { on }),
  };
}
export type Api = ReturnType<typeof createApi>;
