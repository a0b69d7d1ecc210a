import type { ShapeId, ShapeOptions, Trace } from '../../model/shape.ts';
import type { Curve } from './curve.ts';

/** What a shape comes down to. Curves run over the seconds of the measured part. */
export type Profile =
  /** `rampUp`: seconds, from the beginning of the warm-up, in which the first users start. */
  | { readonly kind: 'users'; readonly users: Curve; readonly rampUp: number }
  /** Iterations per second. */
  | { readonly kind: 'rate'; readonly rate: Curve; readonly arrivals: 'even' | 'poisson' }
  | { readonly kind: 'trace'; readonly trace: Trace; readonly speed: number };

export interface ShapeDefinition {
  /** Whether iterations start at planned times instead of when a user is ready. */
  isOpen(options: ShapeOptions): boolean;
  /** What is wrong with the shape's own options, as part of the sentence "This load cannot be run: …"; null when nothing is. */
  problem(options: ShapeOptions): string | null;
  /** Only for options without a problem. */
  profile(options: ShapeOptions): Profile;
  /** Seconds that the shape itself takes; null when it goes on for as long as it is wanted. */
  seconds?(options: Pick<ShapeOptions, 'stages' | 'trace' | 'speed' | 'warmup'>): number;
}

export const defineShape = (definition: ShapeDefinition): ShapeDefinition => definition;

/** Above these a typing error is likelier than an intention; more users or a higher rate need several machines. */
export const MOST = {
  duration: 86_400,
  users: 50_000,
  rate: 1_000_000,
  iterations: 1e9,
  stages: 1000,
  speed: 1000,
} as const;

/** Part of a sentence about a rate that is needed; null when it can be used. */
export function rateProblem(shape: ShapeId, rate: number | undefined): string | null {
  if (rate === undefined) return `the shape ${shape} needs a rate`;
  if (!(rate > 0 && rate <= MOST.rate)) return `the rate must be above 0 and at most ${MOST.rate} requests/s`;
  return null;
}
