import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { generatorOfPreset } from '../../engine/load-files.ts';
import { PitwallError, reasonOf } from '../../errors.ts';
import { closest } from '../../model/closest.ts';
import type { LoadOptions } from '../../model/load.ts';
import type { ShapeId } from '../../model/shape.ts';
import { baselineNameOf } from '../baseline.ts';
import type { Invocation } from '../command.ts';
import { text, texts } from '../context.ts';

const SHAPES: readonly ShapeId[] = [
  'closed',
  'constant-rate',
  'poisson',
  'ramping-rate',
  'steps',
  'spike',
  'soak',
  'trace',
];

/** Flags that only some shapes listen to, and why the others do not: the end of a sentence. */
const COURSE: Readonly<Record<string, { readonly shapes: readonly ShapeId[]; readonly why: string }>> = {
  rate: {
    shapes: ['constant-rate', 'poisson', 'ramping-rate', 'steps', 'spike', 'soak'],
    why: 'its requests come when users are ready, or as they were recorded (--speed makes that faster)',
  },
  stage: { shapes: ['ramping-rate', 'steps'], why: 'only the shapes ramping-rate and steps have stages' },
  peak: { shapes: ['spike'], why: 'only the shape spike has one' },
  trace: { shapes: ['trace'], why: 'only the shape trace replays one' },
  speed: { shapes: ['trace'], why: 'it says how much faster than recorded a trace is replayed' },
  'ramp-up': {
    shapes: ['closed', 'soak'],
    why: 'only users start one after the other; for a rate that rises take --shape ramping-rate and --stage',
  },
  'think-time': {
    shapes: ['closed', 'steps', 'spike', 'soak'],
    why: 'only users who wait for their answers think in between',
  },
  iterations: {
    shapes: ['closed'],
    why: 'only users who take the next one when they are done with theirs are counted; elsewhere the plan says how many there are',
  },
};

/** Flags that mean something only beside (one of) others. */
const BESIDE: readonly (readonly [others: readonly string[], flags: readonly string[]])[] = [
  [['search'], ['search-from', 'search-to', 'search-p99', 'search-errors', 'step-duration', 'resolution']],
  [['calibrate'], ['runs']],
  [['duet', 'baseline'], ['tolerance']],
  [['agents'], ['store', 'agents-wait']],
  [['url', 'duet'], ['endpoint']],
];

/** A preset is a whole course: of these flags it would be unclear which one wins. */
const AGAINST_PRESET = ['shape', 'rate', 'stage', 'peak', 'trace', 'speed'];

/**
 * Refuses flags that contradict each other or that nothing would listen to, before anything is read or sent: a flag without
 * effect is a load that is not the one that was asked for.
 * @throws PitwallError USAGE
 */
export function refuseContradictions(invocation: Invocation): void {
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'load' });
  const given = (name: string) => invocation.values[name] !== undefined;
  const named = text(invocation, 'shape');
  if (named !== undefined && !SHAPES.includes(named as ShapeId)) {
    const meant = closest(named, SHAPES);
    throw usage(
      `--shape ${named}: ${meant === null ? `the shapes are ${SHAPES.join(', ')}.` : `did you mean ${meant}?`}`,
    );
  }
  for (const [others, flags] of BESIDE) {
    const alone = others.some(given) ? undefined : flags.find(given);
    if (alone !== undefined) throw usage(`--${alone} means something only beside --${others.join(' or --')}.`);
  }
  const against = given('preset') ? AGAINST_PRESET.find(given) : undefined;
  if (against !== undefined) {
    throw usage(`--preset and --${against} exclude each other: a preset says how the load goes from beginning to end.`);
  }
  if (given('scenario') && given('endpoint')) {
    throw usage('--scenario and --endpoint exclude each other: the scenario says what to request.');
  }
  const course = courseOf(invocation);
  if (course === null) return;
  for (const [flag, { shapes, why }] of Object.entries(COURSE)) {
    if (given(flag) && !shapes.includes(course.shape)) {
      throw usage(`--${flag} does not go with ${course.said}: ${why}.`);
    }
  }
}

/** The shape that the flags alone decide, and which of them does; null when the configuration has a say in it. */
function courseOf(invocation: Invocation): { readonly shape: ShapeId; readonly said: string } | null {
  const shape = text(invocation, 'shape') as ShapeId | undefined;
  if (shape !== undefined) return { shape, said: `--shape ${shape}` };
  if (text(invocation, 'trace') !== undefined) return { shape: 'trace', said: '--trace' };
  if (texts(invocation, 'stage').length > 0) return { shape: 'ramping-rate', said: '--stage' };
  if (text(invocation, 'peak') !== undefined) return { shape: 'spike', said: '--peak' };
  return text(invocation, 'rate') === undefined ? null : { shape: 'constant-rate', said: '--rate' };
}

/**
 * The same where the configuration has a say in it.
 * @throws PitwallError USAGE
 */
export function refuseUnheard(invocation: Invocation, { shape }: Pick<LoadOptions, 'shape'>): void {
  if (invocation.values.speed === undefined || shape === 'trace') return;
  const what = '--speed means something only where a trace is replayed: name one with --trace FILE.';
  throw new PitwallError('USAGE', { what, command: 'load' });
}

/**
 * Refuses flags of a single load beside a mode (`search`, `calibrate`, `duet`) that makes many.
 * @throws PitwallError USAGE
 */
export function refuseBesideMode(invocation: Invocation, mode: string, flags: readonly string[]): void {
  const unheard = flags.find((name) => invocation.values[name] !== undefined);
  if (unheard === undefined) return;
  const what = `--${unheard} belongs to a single load: it does nothing beside --${mode}.`;
  throw new PitwallError('USAGE', { what, command: 'load' });
}

/**
 * Refuses a load that goes from one endpoint to the next where it cannot: in blocks of runs each block would hold another
 * endpoint, and agents would have to agree on each start. `preset`: of the flags or of the configuration, null without one.
 * @throws PitwallError USAGE
 */
export function refuseEachEndpoint(mode: 'agents' | 'calibrate' | 'duet', preset: string | null): void {
  if (preset === null || generatorOfPreset(preset) === undefined) return;
  const why =
    mode === 'agents' ? 'and --agents shares one load out' : `so there are no blocks for --${mode} to compare`;
  const what = `The preset ${preset} loads one endpoint after the other, ${why}: load one endpoint, or take another preset.`;
  throw new PitwallError('USAGE', { what, command: 'load' });
}

/**
 * Refuses what could only be said after a run of minutes otherwise: files that cannot be written, a name that no baseline can
 * have.
 * @throws PitwallError FILE_UNWRITABLE, BASELINE_NAME
 */
export function refuseWasted(invocation: Invocation): void {
  baselineNameOf(invocation);
  for (const file of texts(invocation, 'out')) {
    const reason = whyUnwritable(resolve(file));
    if (reason !== null) throw new PitwallError('FILE_UNWRITABLE', { file, reason });
  }
}

/** Missing folders are made later; what counts is the first one upwards that is there. */
function whyUnwritable(file: string): string | null {
  for (let path = file; ; path = dirname(path)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) {
      if (dirname(path) === path) return null;
      continue;
    }
    if (path === file && found.isDirectory()) return 'it is a folder';
    if (path !== file && !found.isDirectory()) return `${path} is not a folder`;
    try {
      accessSync(path, constants.W_OK);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }
}
