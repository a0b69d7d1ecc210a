import type { ShapeId, ShapeOptions, Stage } from '../../model/shape.ts';
import { type Curve, follow } from './curve.ts';
import { MOST } from './define.ts';
import { seconds } from './words.ts';

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= MOST.users;
const isRate = (value: number): boolean => value >= 0 && value <= MOST.rate;
const isSpan = (value: number): boolean => value >= 0 && value <= MOST.duration;

/** Seconds that the stages take together. */
export function stageSeconds(stages: readonly Stage[]): number {
  return stages.reduce((sum, { over, hold }) => sum + over + hold, 0);
}

/** Whether stages move users instead of a rate. */
export const ofUsers = (options: ShapeOptions): boolean => options.stages?.[0]?.users !== undefined;

/** What is wrong with the stages of a shape, as part of a sentence; null when nothing is. */
export function stagesProblem(shape: ShapeId, options: ShapeOptions): string | null {
  const { stages = [], duration, rate: first = 0 } = options;
  if (stages.length === 0) return `the shape ${shape} needs stages`;
  if (stages.length > MOST.stages) return `there must be at most ${MOST.stages} stages`;
  const users = ofUsers(options);
  for (const [index, stage] of stages.entries()) {
    const problem = stageProblem(stage, users);
    if (problem !== null) return `stage ${index + 1} ${problem}`;
  }
  if (!users && !isRate(first)) return `the rate at the beginning must be from 0 to ${MOST.rate} requests/s`;
  const total = stageSeconds(stages);
  // Seconds such as 0.1 have no exact sum.
  if (total > duration + 1e-6) {
    return `the stages take ${seconds(total)}, longer than the duration of ${seconds(duration)}`;
  }
  if (!stages.some((stage) => (stage.users ?? stage.rate ?? 0) > 0) && (users || first === 0)) {
    return `no stage has ${users ? 'a user' : 'a rate above 0'}`;
  }
  return null;
}

function stageProblem(stage: Stage, users: boolean): string | null {
  if ((stage.users === undefined) === (stage.rate === undefined)) return 'needs either a rate or users';
  if ((stage.users !== undefined) !== users) return `must have ${users ? 'users' : 'a rate'} like the first one`;
  if (users && !isCount(stage.users ?? 0)) return `must have a whole number of users from 0 to ${MOST.users}`;
  if (!users && !isRate(stage.rate ?? 0)) return `must have a rate from 0 to ${MOST.rate} requests/s`;
  if (!isSpan(stage.over) || !isSpan(stage.hold)) return 'must take at least 0 s and at most 24 h';
  if (stage.over + stage.hold === 0) return 'takes no time';
  return null;
}

/** The curve through the stages, from the rate of the options or from no user. */
export function stagesCurve(options: ShapeOptions): Curve {
  const { stages = [], duration, rate: first = 0 } = options;
  const legs = stages.map(({ users, rate, over, hold }) => ({ to: users ?? rate ?? 0, over, hold }));
  return follow(ofUsers(options) ? 0 : first, legs, duration);
}
