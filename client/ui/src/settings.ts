// The settings as a page shows them: what the server has, and over it what was chosen here and is on its way, or was refused with a reason. An
// answer to what was asked before somebody chose takes nothing away: it is asked for again.
import { ApiError, type Api } from "./api";
import { Live } from "./live";

interface Choice {
  value: string;
  wrong?: string; // in the words of the server
}

export class Settings {
  readonly changed = new Live(0);
  #known: Record<string, string> | null = null;
  #chosen: Record<string, Choice> = {};
  #reads = 0;
  readonly #api: Pick<Api, "settings" | "set">;
  readonly #complain: (error: unknown) => void;

  constructor(api: Pick<Api, "settings" | "set">, complain: (error: unknown) => void) {
    this.#api = api;
    this.#complain = complain;
  }

  get isHere(): boolean {
    return this.#known !== null;
  }
  value(name: string): string {
    return this.#chosen[name]?.value ?? this.#known?.[name] ?? "";
  }
  wrong(name: string): string | undefined {
    return this.#chosen[name]?.wrong;
  }

  async read(): Promise<void> {
    const read = ++this.#reads, before = this.changed.now;
    const all = await this.#api.settings().catch(this.#complain);
    if (!all || read !== this.#reads) return; // a later one is under way
    if (before !== this.changed.now) return this.read();
    this.#known = Object.fromEntries(all.map(({ name, value }) => [name, value]));
    this.#turn();
  }

  // Where there is no answer, what was chosen is given up.
  choose = async (name: string, value: string): Promise<void> => {
    const mine: Choice = (this.#chosen[name] = { value });
    const isLatest = () => this.#chosen[name] === mine;
    this.#turn();
    try {
      await this.#api.set({ [name]: value });
      if (isLatest()) {
        this.#known![name] = value;
        delete this.#chosen[name];
      }
    } catch (error) {
      if (error instanceof ApiError) mine.wrong = error.message;
      else {
        if (isLatest()) delete this.#chosen[name];
        this.#complain(error);
      }
    }
    this.#turn();
  };

  #turn(): void {
    this.changed.now = this.changed.now + 1;
  }
}
