import type { StatementPlan } from '../../../model/database.ts';
import { statementPlan } from '../../../model/statement-plan.ts';
import { median } from '../../../stats/quantile.ts';
import { type Random, seededRandom } from '../../../stats/random.ts';
import { Reservoir } from '../../_sql/workload/reservoir.ts';
import type { Mark } from '../plan/marks.ts';
import { readPlan } from '../plan/parse.ts';
import { shapeOf, shapeText } from '../plan/shape.ts';
import { readTextPlan } from '../plan/text-format.ts';

/** One way in which a statement was done, over all calls whose plan was logged. Without values. */
interface PlanShape {
  /** Hash of its steps, tables and indexes. */
  readonly shape: string;
  /** In one line. */
  readonly text: string;
  readonly calls: number;
  /** Of a call. */
  readonly seconds: { readonly median: number; readonly min: number; readonly max: number };
  /** Epoch seconds of the first and the last call; null: the log does not tell. */
  readonly first: number | null;
  readonly last: number | null;
  /** Worst of each kind and table. */
  readonly marks: readonly Mark[];
  readonly indexes: readonly string[];
}

/** All plans of a statement. */
export interface LoggedPlans {
  readonly statement: string;
  /** Most calls first. */
  readonly shapes: readonly PlanShape[];
  /** Calls whose plan has a shape beyond those that are kept. */
  readonly further: number;
}

/** Statements, and shapes of each, that are kept. */
const STATEMENTS = 5000;
const SHAPES = 16;
const MARKS = 8;
const TIMES = 257;

interface Shape {
  readonly shape: string;
  readonly text: string;
  calls: number;
  readonly seconds: Reservoir<number>;
  min: number;
  max: number;
  first: number | null;
  last: number | null;
  readonly marks: Map<string, Mark>;
  readonly indexes: Set<string>;
  /** Of the slowest call. */
  summary: StatementPlan;
}

/** Gathers plans by statement and shape, with bounded memory. */
export class PlanWatch {
  readonly #statements = new Map<string, { readonly shapes: Map<string, Shape>; further: number }>();
  readonly #random: Random;
  readonly #block: number;
  /** Plans that could not be read. */
  unreadable = 0;

  constructor(seed: number, block: number) {
    this.#random = seededRandom(seed);
    this.#block = block;
  }

  saw(
    statement: string,
    plan: { readonly json: unknown } | { readonly text: string },
    seconds: number | null,
    at: number | null,
  ): void {
    const json = 'json' in plan ? plan.json : readTextPlan(plan.text);
    const read = readPlan(json, this.#block);
    const hash = shapeOf(json);
    if (read === null || hash === null || seconds === null) {
      this.unreadable++;
      return;
    }
    let known = this.#statements.get(statement);
    if (!known) {
      if (this.#statements.size >= STATEMENTS) return;
      known = { shapes: new Map(), further: 0 };
      this.#statements.set(statement, known);
    }
    let shape = known.shapes.get(hash);
    if (!shape) {
      if (known.shapes.size >= SHAPES) {
        known.further++;
        return;
      }
      shape = newShape(hash, json, statementPlan(read.plan, read.indexes, 'log'), this.#random);
      known.shapes.set(hash, shape);
    }
    shape.calls++;
    if (seconds > shape.max) shape.summary = statementPlan(read.plan, read.indexes, 'log');
    shape.seconds.add(seconds);
    shape.min = Math.min(shape.min, seconds);
    shape.max = Math.max(shape.max, seconds);
    shape.first = at === null ? shape.first : Math.min(shape.first ?? at, at);
    shape.last = at === null ? shape.last : Math.max(shape.last ?? at, at);
    for (const index of read.indexes) if (shape.indexes.size < 50) shape.indexes.add(index);
    for (const mark of read.marks) {
      const key = JSON.stringify([mark.kind, mark.relation]);
      const worst = shape.marks.get(key);
      if (!worst || mark.amount > worst.amount) shape.marks.set(key, mark);
    }
  }

  /** Of each statement the way that took most of its time. */
  summaries(): ReadonlyMap<string, StatementPlan> {
    const time = ({ calls, seconds }: Shape) => calls * median(seconds.kept);
    return new Map(
      [...this.#statements].map(([statement, { shapes }]) => [
        statement,
        [...shapes.values()].reduce((most, shape) => (time(shape) > time(most) ? shape : most)).summary,
      ]),
    );
  }

  plans(): ReadonlyMap<string, LoggedPlans> {
    return new Map(
      [...this.#statements].map(([statement, { shapes, further }]) => [
        statement,
        { statement, shapes: [...shapes.values()].map(finished).sort((a, b) => b.calls - a.calls), further },
      ]),
    );
  }
}

function newShape(shape: string, json: unknown, summary: StatementPlan, random: Random): Shape {
  return {
    shape,
    text: shapeText(json),
    calls: 0,
    seconds: new Reservoir(TIMES, random),
    min: Number.POSITIVE_INFINITY,
    max: 0,
    first: null,
    last: null,
    marks: new Map(),
    indexes: new Set(),
    summary,
  };
}

function finished({ shape, text, calls, seconds, min, max, first, last, marks, indexes }: Shape): PlanShape {
  return {
    shape,
    text,
    calls,
    seconds: { median: median(seconds.kept), min, max },
    first,
    last,
    marks: [...marks.values()].sort((a, b) => b.amount - a.amount).slice(0, MARKS),
    indexes: [...indexes].sort(),
  };
}
