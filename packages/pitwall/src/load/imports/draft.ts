import type { Check, Extraction, Feeder, StepBody, ThinkTime } from '../../model/scenario.ts';

/**
 * What an import found out, before it is written as YAML: the scenario of model/scenario.ts with comments, and without what
 * the reader of scenario files fills in. Texts are templates already: what was recorded literally went through `literal()`.
 */
export interface ScenarioDraft {
  readonly name: string;
  /** Where it was recorded (`https://shop.example`); null when the source does not say. Only ever a hint for a person. */
  readonly origin: string | null;
  readonly variables: ReadonlyMap<string, DraftVariable>;
  readonly cookies: boolean;
  readonly headers: ReadonlyMap<string, string>;
  readonly feeders: readonly DraftFeeder[];
  readonly flows: readonly DraftFlow[];
  /** Paragraphs for the head of the file: how to run it, what was measured. */
  readonly preface: readonly string[];
}

export interface DraftVariable {
  readonly value: string;
  readonly comment?: string;
}

export interface DraftFeeder {
  readonly name: string;
  readonly order: Feeder['order'];
  /** Every row has the same keys. Values are data, no templates. */
  readonly rows: readonly ReadonlyMap<string, string>[];
  readonly comment?: string;
}

export interface DraftFlow {
  readonly name: string;
  readonly weight: number;
  readonly steps: readonly DraftStep[];
  readonly comment?: string;
  /** Written as a comment: a person decides whether it runs. */
  readonly disabled?: boolean;
}

export interface DraftStep {
  readonly name: string;
  /** Upper case. */
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: StepBody | null;
  readonly think: ThinkTime | null;
  readonly extract: readonly Extraction[];
  readonly checks: readonly Check[];
  readonly comment?: string;
}

/** Methods that are not meant to change anything on the server (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Methods that a step can have. TRACE and CONNECT cannot be load; anything else is not HTTP that services speak. */
const STEP_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

export function isStepMethod(method: string): boolean {
  return STEP_METHODS.has(method);
}

/** `statusCheck([200])` → the check that a response has one of these. */
export function statusCheck(statuses: readonly number[]): Check {
  const list = [...new Set(statuses)].sort((a, b) => a - b);
  return { kind: 'status', name: `status ${list.join(' or ')}`, in: list };
}

/** Gives each name once: `list`, `list (2)`, `list (3)`. */
export class UniqueNames {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  name(wanted: string): string {
    let name = wanted;
    let number = this.#next.get(wanted) ?? 2;
    for (; this.#taken.has(name); number++) name = `${wanted} (${number})`;
    this.#next.set(wanted, number);
    this.#taken.add(name);
    return name;
  }
}

/** Gives each variable name once: letters, digits and `_`, not starting with a digit. */
export class VariableNames {
  readonly #taken = new Set<string>();

  name(wanted: string): string {
    const clean = wanted
      .slice(0, 200)
      .replace(/[^A-Za-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 40);
    const base = /^[A-Za-z]/.test(clean) ? clean : `v_${clean || 'value'}`;
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}_${number}`;
    this.#taken.add(name);
    return name;
  }
}
