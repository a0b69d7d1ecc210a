import { randomUUID } from 'node:crypto';
import { type Random, seededRandom } from '../../stats/random.ts';

/** What the templates of one virtual user are rendered with. */
export interface Scope {
  /** Rows of feeders and what was extracted. Without a prototype: names come from files. */
  readonly values: Record<string, string>;
  /** Number of the virtual user in the whole load, from 1. */
  readonly user: number;
  /** Number of the user's iteration, from 1; 0 in steps that are done once per user. */
  readonly iteration: number;
  /** Seeded: the same user draws the same numbers in every run, whatever the others do. */
  readonly random: Random;
  /** Of the host's clock, ms since 1970. */
  now(): number;
  /** Not seeded: a run that is repeated must not make the same keys again. */
  uuid(): string;
}

/** The scope of one user, small: there may be 50,000 of them in a process. */
export class UserScope implements Scope {
  readonly values: Record<string, string> = Object.create(null) as Record<string, string>;
  readonly user: number;
  iteration = 0;
  readonly random: Random;

  /** `user` from 0, in the whole load. */
  constructor(user: number, seed: number) {
    this.user = user + 1;
    // Multiplied apart, so that neighbours do not share seeds with the neighbours of the next load.
    this.random = seededRandom(Math.imul(user + 1, 0x9e3779b1) ^ seed);
  }

  now(): number {
    return Date.now();
  }

  uuid(): string {
    return randomUUID();
  }
}
