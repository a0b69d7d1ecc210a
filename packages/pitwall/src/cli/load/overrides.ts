import { resolve } from 'node:path';
import { readScenarioFile, shapeOfPreset } from '../../engine/load-files.ts';
import type { LoadOverrides } from '../../engine/load-options.ts';
import { PitwallError } from '../../errors.ts';
import type { ShapeId, ShapeOptions, Stage } from '../../model/shape.ts';
import { parseDuration, parseQuantity } from '../../model/units.ts';
import type { Invocation } from '../command.ts';
import { text, texts, wholeNumber } from '../context.ts';
import { hideSecrets } from '../secrets.ts';

/** Of the random numbers: the largest seed (32 bits). */
const MOST_SEED = 0xffffffff;

/** What the flags of `pitwall load` say, over the configuration. Throws USAGE and what reading the scenario throws. */
export async function overridesOf(invocation: Invocation): Promise<LoadOverrides> {
  const number = (
    name: string,
    parse: (value: string) => number | null,
    fits: (value: number) => boolean,
    expected: string,
  ): number | undefined => {
    const value = text(invocation, name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed !== null && Number.isFinite(parsed) && fits(parsed)) return parsed;
    throw new PitwallError('USAGE', { what: `--${name} ${value}: expected ${expected}.`, command: 'load' });
  };
  const some = (value: number) => value > 0;
  const any = (value: number) => value >= 0;
  const time = (name: string) => number(name, parseDuration, some, `a duration above 0 such as ${secondsOf(name)}`);
  const timeOrNone = (name: string) => number(name, parseDuration, any, `a duration such as ${secondsOf(name)}, or 0`);
  // A number without its unit most likely is seconds.
  const secondsOf = (name: string) =>
    /^[1-9]\d{0,4}$/.test(text(invocation, name) ?? '') ? `${text(invocation, name)}s` : '30s';
  const whole = (name: string, what: string) =>
    number(name, wholeNumber, some, `a whole number of ${what}, at least 1`);

  const preset = text(invocation, 'preset');
  const scenarioFile = text(invocation, 'scenario');
  const traceFile = text(invocation, 'trace');
  const shape = text(invocation, 'shape') as ShapeId | undefined;
  const rate = number('rate', rateOf, some, 'a rate above 0 in requests per second, such as 150');
  const thinkTime = timeOrNone('think-time');
  const written = texts(invocation, 'stage');
  const inUsers = shape === 'steps' && rate === undefined;
  const stages = written.map((stage) => stageOf(stage, inUsers, shape));
  const duration = time('duration');
  const scenario = scenarioFile === undefined ? null : await readScenarioFile(resolve(scenarioFile));
  if (scenario !== null) hideSecrets(scenario.redactor);
  const given = {
    ...(scenario === null ? {} : { scenario: scenario.scenario, ...(scenario.abort ? { abort: scenario.abort } : {}) }),
    traceFile: traceFile === undefined ? undefined : resolve(traceFile),
    rate,
    stages: stages.length === 0 ? undefined : stages,
    peak: number('peak', rateOf, some, 'how high the peak is, above 0'),
    shape: shape ?? (stages.length > 0 ? 'ramping-rate' : undefined),
    users: whole('users', 'users'),
    rampUp: timeOrNone('ramp-up'),
    ...(thinkTime !== undefined ? { thinkTime: { distribution: 'constant' as const, mean: thinkTime } } : {}),
    iterations: whole('iterations', 'iterations'),
    speed: number('speed', Number, some, 'how many times faster, such as 2'),
    duration,
    warmup: timeOrNone('warmup'),
    timeout: time('timeout'),
    workers: whole('workers', 'threads'),
    seed: number('seed', wholeNumber, (value) => value <= MOST_SEED, `a whole number from 0 to ${MOST_SEED}`),
    protocol: text(invocation, 'protocol') as LoadOverrides['protocol'],
    socket: text(invocation, 'socket'),
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...(preset === undefined ? {} : courseOf(preset, duration)), ...said } as LoadOverrides;
}

/** `150` or `150/s`. */
export const rateOf = (written: string): number | null => parseQuantity(written, '1/s');

/** A preset that counts its requests counts the time instead when one is given. */
function courseOf(preset: string, duration: number | undefined): Partial<ShapeOptions> {
  const { iterations, ...course } = shapeOfPreset(preset);
  return iterations === undefined || duration !== undefined ? course : { ...course, iterations };
}

/** `30s:100`: to 100 within 30 s; shape `steps` holds it instead. `100/s` is a rate where `100` would be users. */
function stageOf(written: string, inUsers: boolean, shape: ShapeId | undefined): Stage {
  const [, time = '', height = '', unit] = /^([^:]*):(\d+(?:\.\d+)?)(\/s)?$/.exec(written) ?? [];
  const seconds = parseDuration(time);
  if (seconds === null || !(seconds > 0)) {
    const what = `--stage ${written}: expected a time above 0 and a height such as 30s:100.`;
    throw new PitwallError('USAGE', { what, command: 'load' });
  }
  const level = inUsers && unit === undefined ? { users: Number(height) } : { rate: Number(height) };
  return shape === 'steps' ? { ...level, over: 0, hold: seconds } : { ...level, over: seconds, hold: 0 };
}
