import type { Feeder } from '../../model/scenario.ts';
import { type Random, seededRandom } from '../../stats/random.ts';

type Row = Readonly<Record<string, string>>;

/** Which part of a load takes the rows: worker w of W, whose first user is number `firstUser` of all. All from 0. */
export interface FeederPlace {
  readonly worker: number;
  readonly workers: number;
  readonly firstUser: number;
  readonly seed: number;
}

/** Deals the rows of one feeder to the users of one worker. */
export interface Dealer {
  /** The row for the next iteration of a user (from 0, within the worker); null when they are used up. */
  next(user: number): Row | null;
}

/** Why these users cannot be fed, as the end of a sentence; null when they can. `users`: of the whole load. */
export function feederProblem({ name, order, rows }: Feeder, users: number): string | null {
  if (rows.length === 0) return `the feeder ${name} has no rows`;
  if (order !== 'unique' || rows.length >= users) return null;
  const have = rows.length === 1 ? 'has 1 row' : `has ${rows.length} rows`;
  return `the feeder ${name} gives each user a row of its own, and ${have} for ${users} users`;
}

/**
 * Rows are dealt without a word between the workers, and still as if there were one: worker w takes the rows w, w + W,
 * w + 2W, … of the sequence, so a `once` row is used once over all, and `sequential` begins again after the last. `random`
 * draws from the seed, apart in each worker. `feederProblem` has to be null.
 */
export function dealer({ order, rows, name }: Feeder, { worker, workers, firstUser, seed }: FeederPlace): Dealer {
  switch (order) {
    case 'unique':
      return { next: (user) => rows[firstUser + user] ?? null };
    case 'random': {
      const random: Random = seededRandom(hash(name) ^ Math.imul(worker + 1, 0x9e3779b1) ^ seed);
      return { next: () => rows[Math.floor(random() * rows.length)]! };
    }
    case 'sequential': {
      let at = worker % rows.length;
      return {
        next() {
          const row = rows[at]!;
          at = (at + workers) % rows.length;
          return row;
        },
      };
    }
    case 'once': {
      let at = worker;
      return {
        next() {
          const row = rows[at] ?? null;
          at += workers;
          return row;
        },
      };
    }
  }
}

/** FNV-1a, so that feeders of one scenario do not draw the same numbers. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}
