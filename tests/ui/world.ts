// A page without a browser: a clock that is turned by hand, a server that keeps versions of texts as the real one does and that can be away or
// lose requests and answers, and a shelf that outlives the page.
import { ApiError, Away, type Cell, type Fields, type Row, type Standing, type Versions, type Wording } from "../../client/ui/src/api";
import { Autosave, type Shelf } from "../../client/ui/src/autosave";
import { rebase } from "../../client/ui/src/text";

export class Clock {
  now = 0;
  private tasks: { at: number; task: () => void }[] = [];

  later = (task: () => void, ms: number) => {
    const entry = { at: this.now + ms, task };
    this.tasks.push(entry);
    return () => { this.tasks = this.tasks.filter((each) => each !== entry); };
  };
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await rest();
      const next = this.tasks.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.tasks = this.tasks.filter((each) => each !== next);
      this.now = Math.max(this.now, next.at);
      next.task();
    }
    this.now = until;
  }
}
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; ++turn) await new Promise((resume) => setImmediate(resume));
}

type Fault = "away" | "request lost" | "answer lost";

export class Server {
  readonly rows = new Map<number, Row>();
  readonly deleted = new Map<number, Row>();
  readonly wordings = new Map<string, string>();
  readonly asked: string[] = [];
  fault: Fault | null = null;
  faults: Fault[] = []; // one for each of the next requests
  refuse: ((fields: Fields) => ApiError | null) | null = null;
  private nextId = 1000;
  private version = 0;
  private readonly standing = new Map<string, string>();
  private readonly written: Wording[] = [];
  constructor(private readonly clock: Clock) {}

  add = (wish: { table: string; space: number; fields: Fields; id?: number }): Promise<Standing> =>
    this.answer(`add ${wish.id ?? "keyed"}`, () => {
      this.check(wish.fields);
      const keyed = [...this.rows.values()].find((row) => wish.id === undefined && row.table === wish.table && row.day === wish.fields.day);
      const id = wish.id ?? keyed?.id ?? ++this.nextId;
      this.write({ ...this.rows.get(id), id, table: wish.table, space: wish.space, ...wish.fields } as Row);
      return this.stands(id);
    });
  patch = (id: number, fields: Fields, opened_at: Versions): Promise<Standing> =>
    this.answer(`patch ${JSON.stringify(fields)}`, () => {
      const row = this.rows.get(id);
      if (!row) throw new ApiError(404, "not_found", "no such row", null);
      this.check(fields);
      const saved: Versions = {};
      const merged: Record<string, Cell> = {};
      for (const [column, value] of Object.entries(fields)) {
        const opened = opened_at[column];
        if (opened === undefined) { merged[column] = value; continue; }
        const base = this.wordings.get(opened);
        if (base === undefined) throw new ApiError(409, "unknown_version", "no such version", column);
        saved[column] = this.remember(String(value ?? ""));
        merged[column] = rebase(base, String(value ?? ""), String(row[column] ?? ""));
      }
      this.write({ ...row, ...merged } as Row);
      return { ...this.stands(id), saved };
    });
  row = (id: number): Promise<Standing> =>
    this.answer(`row ${id}`, () => {
      if (!this.rows.has(id)) throw new ApiError(404, "not_found", "no such row", null);
      return this.stands(id);
    });
  history = (id: number): Promise<Wording[]> => this.answer(`history ${id}`, () => [...this.written].reverse());
  revive = (id: number): Promise<Standing> =>
    this.answer(`revive ${id}`, () => {
      const row = this.deleted.get(id);
      if (!row) throw new ApiError(404, "not_found", "no such row", null);
      this.deleted.delete(id);
      this.write(row);
      return this.stands(id);
    });
  rowsOf = (tables: string[], parts: Record<string, unknown> = {}): Promise<Record<string, Row[]>> =>
    this.answer(`rows ${tables.join()}`, () =>
      Object.fromEntries(tables.map((table) => [table, [...this.rows.values()].filter((row) =>
        row.table === table && Object.entries(parts).every(([column, value]) => row[column] === value))])));
  ids = (count: number): Promise<{ ids: number[] }> =>
    this.answer("ids", () => ({ ids: Array.from({ length: count }, () => ++this.nextId) }));

  // Somebody else writes here, or a sync brings it.
  write(row: Row): void {
    for (const column of ["text", "note", "score"]) {
      const before = this.rows.get(row.id)?.[column];
      if (before === row[column] && before !== undefined) continue;
      this.standing.set(`${row.id}:${column}`, this.remember(String(row[column] ?? "")));
      this.written.push({ number: this.written.length, column, value: row[column] ?? null, by: "", device: 1, written: Math.floor(this.clock.now / 1000), standing: false, merged: false });
    }
    this.rows.set(row.id, row);
  }
  remove(id: number): void {
    this.deleted.set(id, this.rows.get(id)!);
    this.rows.delete(id);
  }
  forgetVersions(): void {
    this.wordings.clear();
    for (const row of this.rows.values()) for (const column of ["text", "note"]) this.standing.set(`${row.id}:${column}`, this.remember(String(row[column] ?? "")));
  }

  private check(fields: Fields): void {
    const refused = this.refuse?.(fields);
    if (refused) throw refused;
  }
  private remember(text: string): string {
    const version = `v${++this.version}`;
    this.wordings.set(version, text);
    return version;
  }
  private stands(id: number): Standing {
    return { row: this.rows.get(id)!, versions: { text: this.standing.get(`${id}:text`)!, note: this.standing.get(`${id}:note`)! } };
  }
  private async answer<T>(what: string, work: () => T): Promise<T> {
    const fault = this.faults.shift() ?? this.fault;
    await Promise.resolve();
    this.asked.push(what);
    if (fault === "away" || fault === "request lost") throw new Away();
    const done = work();
    if (fault === "answer lost") throw new Away();
    return structuredClone(done);
  }
}

export class MemoryShelf implements Shelf {
  readonly kept = new Map<string, string>();
  get length() { return this.kept.size; }
  key = (index: number) => [...this.kept.keys()][index] ?? null;
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

export class World {
  readonly clock = new Clock();
  readonly server = new Server(this.clock);
  readonly shelf = new MemoryShelf();
  readonly alive = new Set<string>();
  shown: Row[] = [];
  over = new Map<number, Fields>();
  private tabs = 0;

  // A page opens, and the one before was killed.
  async page(): Promise<Autosave> {
    const { server, clock, shelf } = this;
    const tab = `tab${++this.tabs}`;
    const later = (task: () => void, ms: number) => clock.later(() => { if (tab === `tab${this.tabs}`) task(); }, ms);
    const page = new Autosave({
      api: { row: server.row, rows: server.rowsOf, add: server.add, patch: server.patch, history: server.history, revive: server.revive, ids: server.ids },
      later, now: () => clock.now / 1000, shelf, prefix: "unsaved:", tab,
      othersAlive: async () => this.alive,
      isText: (_, column) => column === "text" || column === "note",
      complaint: (_, column, value) => (column === "score" && value !== null && typeof value !== "number" ? "a number" : null),
      missing: (table, fields) => table === "question" && !String(fields.text ?? "").trim(),
      show: (row) => { this.shown.push(row); },
      overlay: (_table, id, _space, fields) => { if (fields) this.over.set(id, fields); else this.over.delete(id); },
    });
    await page.start();
    return page;
  }
  // A row that is there when the page opens.
  entry(fields: Fields = {}): Row {
    const row = { id: 7, table: "entry", space: 1, text: null, note: null, score: null, ...fields } as Row;
    this.server.write(row);
    return row;
  }
  text(id = 7): Cell | undefined {
    return this.server.rows.get(id)?.text;
  }
}
