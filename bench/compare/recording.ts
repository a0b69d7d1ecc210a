import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { LoadBlock, LoadResult } from '../../packages/pitwall/src/model/load.ts';
import type { Distribution } from '../../packages/pitwall/src/model/observation.ts';

/** How the runs of a recording were made; a recording is only gone on with when it is the same. */
export interface Settings {
  readonly seconds: number;
  readonly rate: number;
  readonly median: number;
  readonly slowdown: number;
}

export interface RecordedRun {
  readonly pair: number;
  /** Two runs of one state, and one with the service slowed down. */
  readonly run: 'still' | 'again' | 'slowed';
  readonly startedAt: string;
  readonly invalidBecause: string | null;
  readonly blocks: readonly LoadBlock[];
  readonly response: Distribution;
}

export interface Recording {
  readonly settings: Settings;
  readonly runs: readonly RecordedRun[];
}

/** JSON lines: the settings, then a run each. What a kill has cut short is left out. */
export function readRecording(file: string): Recording | null {
  if (!existsSync(file)) return null;
  const [first, ...lines] = readFileSync(file, 'utf8').split('\n');
  const runs = lines.flatMap((line): RecordedRun[] => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  return { settings: JSON.parse(first!), runs };
}

export function beginRecording(file: string, settings: Settings): void {
  writeFileSync(file, `${JSON.stringify(settings)}\n`);
}

export function addRun(file: string, pair: number, run: RecordedRun['run'], startedAt: string, load: LoadResult): void {
  const recorded: RecordedRun = {
    pair,
    run,
    startedAt,
    invalidBecause: load.valid ? null : (load.invalidBecause[0] ?? 'not valid'),
    blocks: load.blocks,
    response: load.steps[0]!.distributions.response,
  };
  appendFileSync(file, `${JSON.stringify(recorded)}\n`);
}
