// Bundles that were dropped anywhere on the page, or chosen: read one after the other, a piece at a time, whatever page is shown meanwhile.
import { ApiError, type BundleSaid } from "./api";
import { api } from "./app";
import { Live } from "./live";
import { common, language } from "./words";
import { stickWords } from "./words/pages/stick";

export interface Reading {
  name: string;
  part: number; // 0 to 1
  waits?: string; // for what
  said?: Pick<BundleSaid, "came" | "missing">;
}
export const readings = new Live<Reading[]>([]);
const again_ms = 1000;

let before = Promise.resolve();
export function readBundles(files: File[]): void {
  for (const file of files) {
    let mine: Reading = { name: file.name, part: 0 };
    const tell = (news: Partial<Reading>) => {
      const next = { ...mine, ...news };
      readings.now = readings.now.map((each) => (each === mine ? next : each));
      mine = next;
    };
    readings.now = [...readings.now, mine];
    before = before.then(() => readOne(file, tell));
  }
}

async function readOne(file: File, tell: (news: Partial<Reading>) => void): Promise<void> {
  const failed = (...missing: string[]) => tell({ said: { came: [], missing } });
  try {
    const { piece } = await whenFree(() => api.readBundle(file.size), (waits) => tell({ waits }));
    for (let at = 0; ;) {
      const bytes = await file.slice(at, at + piece).arrayBuffer().catch(() => null);
      if (!bytes) return failed(stickWords[language.now].unreadable);
      const said = await api.piece(at, new Blob([bytes]));
      at = said.at;
      tell(said.done ? { said } : { part: at / file.size });
      if (said.done) return;
    }
  } catch (error) {
    failed(error instanceof ApiError ? error.message : common[language.now].away);
  }
}

// Nothing else is exchanged meanwhile: a synchronisation that is under way comes to its end first.
export async function whenFree<T>(ask: () => Promise<T>, tell: (waits: string) => void): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 503)) throw error;
      tell(error.message);
      await new Promise((resume) => setTimeout(resume, again_ms));
    }
  }
}
