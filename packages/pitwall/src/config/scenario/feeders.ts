import { resolve } from 'node:path';
import type { Feeder } from '../../model/scenario.ts';
import type { KeyPath, Problem } from '../problem.ts';
import { FeederMistake, type FeederRows, readFeederFile, rowsOf } from './feeder-file.ts';
import type { FrameInput } from './schema.ts';

type FeederInput = NonNullable<FrameInput['feeders']>[string];

export interface BuiltFeeders {
  readonly feeders: readonly Feeder[];
  /** Names that only some rows have: the rest of a sentence about them. */
  readonly missing: ReadonlyMap<string, string>;
  /** False when one could not be read. */
  readonly complete: boolean;
}

/** Reads the rows of all feeders. `path`: of `feeders:` in the document. */
export async function buildFeeders(
  written: Readonly<Record<string, FeederInput>>,
  variables: Readonly<Record<string, string>>,
  directory: string,
  path: KeyPath,
  problems: Problem[],
): Promise<BuiltFeeders> {
  const feeders: Feeder[] = [];
  const missing = new Map<string, string>();
  const owners = new Map(Object.keys(variables).map((name) => [name, 'a variable']));
  let complete = true;
  for (const [name, given] of Object.entries(written)) {
    const at = [...path, name];
    const read = await rowsFor(given, directory, at, problems);
    if (read === null) {
      complete = false;
      continue;
    }
    for (const [key, place] of read.missing)
      missing.set(key, `is not in every row of the feeder ${name}: ${place} has none`);
    for (const column of Object.keys(read.rows[0]!)) {
      const owner = owners.get(column);
      const problem = `its column ${column} has the name of ${owner}: which value is meant would not be clear`;
      if (owner !== undefined) problems.push({ path: at, at: 'key', problem });
      owners.set(column, `a column of the feeder ${name}`);
    }
    feeders.push({ name, order: typeof given === 'string' ? 'sequential' : given.order, rows: read.rows });
  }
  return { feeders, missing, complete };
}

async function rowsFor(
  given: FeederInput,
  directory: string,
  at: KeyPath,
  problems: Problem[],
): Promise<FeederRows | null> {
  const { file, rows, format, delimiter } = typeof given === 'string' ? { file: given } : given;
  if ((file === undefined) === (rows === undefined)) {
    problems.push({ path: at, at: 'value', problem: 'expected either file or rows' });
    return null;
  }
  try {
    if (file === undefined) return rowsOf(rows!);
    return await readFeederFile(resolve(directory, file), file, { format, delimiter });
  } catch (error) {
    if (!(error instanceof FeederMistake)) throw error;
    const where = typeof given === 'string' ? at : [...at, file === undefined ? 'rows' : 'file'];
    problems.push({ path: where, at: 'value', problem: error.message });
    return null;
  }
}
