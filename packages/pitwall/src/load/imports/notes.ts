import { printable } from '../../errors.ts';

/** Something of the source that the scenario does not have. */
export interface LeftOut {
  /** `request to another host`. */
  readonly what: string;
  readonly reason: string;
  readonly count: number;
  /** At most three, printable. */
  readonly examples: readonly string[];
}

/** A hostile file must not turn the report into something nobody reads. */
const MOST_GROUPS = 60;
const MOST_EXAMPLES = 3;
const LONGEST_EXAMPLE = 80;

interface Group {
  readonly what: string;
  readonly reason: string;
  count: number;
  readonly examples: string[];
}

/** Collects what could not be carried over, and what was but needs a look. Never give it a secret. */
export class ImportNotes {
  readonly #groups = new Map<string, Group>();
  readonly #remarks = new Set<string>();

  /** `example` says which one it was: a path, a name; never a value that may be a secret. */
  leaveOut(what: string, reason: string, example?: string, count = 1): void {
    if (count <= 0) return;
    const key = `${what}\n${reason}`;
    let group = this.#groups.get(key);
    if (!group) {
      const full = this.#groups.size >= MOST_GROUPS;
      group = full ? this.#group('other things', 'there were too many kinds to name each') : this.#group(what, reason);
    }
    group.count += count;
    if (example === undefined || group.examples.length >= MOST_EXAMPLES) return;
    const shown = shorten(example, LONGEST_EXAMPLE);
    if (shown !== '' && !group.examples.includes(shown)) group.examples.push(shown);
  }

  #group(what: string, reason: string): Group {
    const key = `${what}\n${reason}`;
    const known = this.#groups.get(key);
    if (known) return known;
    const group: Group = { what: printable(what), reason: printable(reason), count: 0, examples: [] };
    this.#groups.set(key, group);
    return group;
  }

  /** One sentence on something that is in the scenario and should be looked at. Said once. */
  remark(sentence: string): void {
    if (this.#remarks.size < MOST_GROUPS) this.#remarks.add(printable(sentence));
  }

  /** The most frequent first. */
  get leftOut(): readonly LeftOut[] {
    return [...this.#groups.values()]
      .map(({ what, reason, count, examples }) => ({ what, reason, count, examples: [...examples] }))
      .sort((a, b) => b.count - a.count);
  }

  get remarks(): readonly string[] {
    return [...this.#remarks];
  }
}

/** One printable line of at most `length` characters. */
export function shorten(text: string, length: number): string {
  const line = printable(text);
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** Nothing is left to import; `message` is the end of a sentence. What was left out is in the notes. */
export class NothingToImport extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NothingToImport';
  }
}
