// A value that others follow: they are told when it changes. Components follow it with `useLive` (hooks.ts).
export class Live<T> {
  readonly #followers = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get now(): T {
    return this.#value;
  }

  set now(value: T) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const tell of [...this.#followers]) tell();
  }

  follow(tell: () => void): () => void {
    this.#followers.add(tell);
    return () => this.#followers.delete(tell);
  }
}
