import { keyOf } from './key-of.ts';
import type { IndexSpec, WhatIf } from './problem.ts';

/** A candidate under a number: sets of numbers are cheap to compare and to keep. */
export interface Candidate {
  readonly id: number;
  readonly key: string;
  readonly spec: IndexSpec;
  readonly bytes: number;
  /** What one more entry of it costs a write. */
  readonly entrySeconds: number;
}

/** Numbers of candidates. */
export type IdSet = ReadonlySet<number>;

/** Every index that was thought of, once. Numbers are given in order, so the same problem gets the same numbers. */
export class Pool {
  readonly #whatIf: Pick<WhatIf, 'bytes' | 'entrySeconds'>;
  readonly #byKey = new Map<string, Candidate>();
  readonly #all: Candidate[] = [];

  constructor(whatIf: Pick<WhatIf, 'bytes' | 'entrySeconds'>) {
    this.#whatIf = whatIf;
  }

  add(spec: IndexSpec): Candidate {
    const key = keyOf(spec);
    const known = this.#byKey.get(key);
    if (known) return known;
    const candidate: Candidate = {
      id: this.#all.length,
      key,
      spec,
      bytes: this.#whatIf.bytes(spec),
      entrySeconds: this.#whatIf.entrySeconds(spec),
    };
    this.#byKey.set(key, candidate);
    this.#all.push(candidate);
    return candidate;
  }

  get(id: number): Candidate {
    return this.#all[id]!;
  }

  ofKey(key: string): Candidate | null {
    return this.#byKey.get(key) ?? null;
  }

  bytesOf(ids: Iterable<number>): number {
    let sum = 0;
    for (const id of ids) sum += this.get(id).bytes;
    return sum;
  }

  specsOf(ids: Iterable<number>): IndexSpec[] {
    return [...ids].sort((a, b) => a - b).map((id) => this.get(id).spec);
  }
}
