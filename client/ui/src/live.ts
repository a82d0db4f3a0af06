// A value that others follow: they are told when it changes. Components follow it with `useLive` (hooks.ts).
export class Live<T> {
  private readonly followers = new Set<() => void>();

  constructor(private value: T) {}

  get now(): T {
    return this.value;
  }

  set now(value: T) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const tell of [...this.followers]) tell();
  }

  follow(tell: () => void): () => void {
    this.followers.add(tell);
    return () => this.followers.delete(tell);
  }
}
