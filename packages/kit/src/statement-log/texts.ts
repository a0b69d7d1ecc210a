import { TOKEN } from './endpoint.ts';

/** A statement's text, written once a file: calls name it by its id. */
export interface Text {
  readonly id: string;
  readonly text: string;
  /** True: it was longer. */
  readonly cut: boolean;
  /** In which file of the writer it is defined; -1: in none yet. */
  file: number;
  /** Calls, and sets of parameters that are written: in this file. */
  calls: number;
  sets: number;
}

/** Characters of a text: more is a dump and no question. */
const LONGEST = 65_536;
/** Texts that are remembered, and their characters together: an application that writes values into its texts has endless ones. */
const TEXTS = 2000;
const LENGTH = 8 * 2 ** 20;

/** Sets of parameters of a text that are always written, and at most, a file. */
const FIRST = 3;
const MOST = 200;

let ids = 0;

/** The texts of one log, those that are used least forgotten first. */
export class Texts {
  readonly #known = new Map<string, Text>();
  readonly #rewrite: (text: string) => string;
  #length = 0;

  /** @param rewrite what is written instead of a text (redaction) */
  constructor(rewrite: (text: string) => string) {
    this.#rewrite = rewrite;
  }

  of(sql: string): Text {
    const found = this.#known.get(sql);
    if (found) return found;
    const cut = sql.length > LONGEST;
    const text = this.#rewrite(cut ? sql.slice(0, LONGEST) : sql);
    const made: Text = { id: `${TOKEN}.${++ids}`, text, cut, file: -1, calls: 0, sets: 0 };
    if (cut) return made;
    this.#known.set(sql, made);
    this.#length += sql.length;
    while (this.#known.size > TEXTS || this.#length > LENGTH) {
      const oldest = this.#known.keys().next().value!;
      this.#known.delete(oldest);
      this.#length -= oldest.length;
    }
    return made;
  }
}

/** Whether this call's parameters are written: the first ones, then one in `every` by chance, so that no rhythm of calls matters. */
export function isSampled(text: Text, every: number): boolean {
  if (every === 0 || text.sets >= MOST) return false;
  return text.calls <= FIRST || every === 1 || Math.random() * every < 1;
}
