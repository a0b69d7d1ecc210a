import type { Pool } from './pool.ts';

/** One question to the planner: this statement with exactly these candidates. */
export interface Question {
  readonly statement: string;
  /** Ascending. */
  readonly ids: readonly number[];
}

/** Questions that one set of hypothetical indexes answers. */
export interface Pack {
  readonly ids: readonly number[];
  readonly questions: readonly Question[];
}

/** Packs that are still looked at for another question: enough to find a fit, few enough to stay linear. */
const OPEN = 48;

interface OpenPack {
  readonly ids: Set<number>;
  readonly questions: Question[];
  /** What the pack has on each table that one of its statements uses: fixed from then on. */
  readonly fixed: Map<string, string>;
}

/**
 * Questions put together so that each statement sees on its tables exactly the candidates of its question: statements on other
 * tables do not disturb each other. Creating hypothetical indexes costs the database as much as planning does.
 */
export function packQuestions(
  questions: readonly Question[],
  tablesOf: (statement: string) => readonly string[],
  pool: Pool,
): readonly Pack[] {
  const packs: OpenPack[] = [];
  for (const question of questions) {
    const wanted = onTables(question, tablesOf(question.statement), pool);
    const pack = packs.slice(-OPEN).find(({ fixed }) => fits(wanted, fixed)) ?? newPack(packs);
    for (const [table, text] of wanted) pack.fixed.set(table, text);
    for (const id of question.ids) pack.ids.add(id);
    pack.questions.push(question);
  }
  return packs.map(({ ids, questions: asked }) => ({ ids: [...ids].sort((a, b) => a - b), questions: asked }));
}

function newPack(packs: OpenPack[]): OpenPack {
  const pack: OpenPack = { ids: new Set(), questions: [], fixed: new Map() };
  packs.push(pack);
  return pack;
}

function fits(wanted: ReadonlyMap<string, string>, fixed: ReadonlyMap<string, string>): boolean {
  for (const [table, text] of wanted) if ((fixed.get(table) ?? text) !== text) return false;
  return true;
}

function onTables({ ids }: Question, tables: readonly string[], pool: Pool): ReadonlyMap<string, string> {
  const wanted = new Map(tables.map((table) => [table, '']));
  for (const id of ids) {
    const { table } = pool.get(id).spec;
    wanted.set(table, `${wanted.get(table) ?? ''},${id}`);
  }
  return wanted;
}
