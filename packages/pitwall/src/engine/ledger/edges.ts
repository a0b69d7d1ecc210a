/**
 * Moments at which counters are read besides their rhythm: where parts of a load begin and end. Without a reading there, what was used
 * up between two parts could only be guessed from the seconds around it.
 */
export class Edges {
  readonly #known: number[] = [];
  #listener: ((at: number) => Promise<void>) | null = null;

  /** `at`: epoch seconds; one that is over is for at once. Resolves when there was a reading, or nobody reads. */
  async add(at: number): Promise<void> {
    this.#known.push(at);
    await this.#listener?.(at);
  }

  /** Calls `listener`, which must not reject, with those that are known, and with each that comes. */
  listen(listener: (at: number) => Promise<void>): void {
    this.#listener = listener;
    for (const at of this.#known) void listener(at);
  }
}
