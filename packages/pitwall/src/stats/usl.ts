import { damped, normalEquations, solve, type Vector } from './least-squares.ts';

/**
 * The Universal Scalability Law: what concurrency gives in throughput when a share σ of the work cannot be done at the same
 * time (contention) and every pair of workers costs κ (coherency).
 *
 *     X(N) = λN / (1 + σ(N − 1) + κN(N − 1))
 *
 * Source: N. J. Gunther, Guerrilla Capacity Planning (2007), ch. 4 to 6; three-parameter form as in codahale/usl4j.
 */
export interface UslModel {
  /** Throughput (1/s) of one alone, > 0. */
  readonly lambda: number;
  /** Contention, 0–1. */
  readonly sigma: number;
  /** Coherency, ≥ 0. */
  readonly kappa: number;
}

export interface UslPoint {
  /** Requests under way on average, > 0. By Little's law: throughput × mean time of a request. */
  readonly concurrency: number;
  /** 1/s, ≥ 0. */
  readonly throughput: number;
}

export interface UslPeak {
  /** Nmax = ⌊√((1 − σ)/κ)⌋, at least 1. */
  readonly concurrency: number;
  /** X(Nmax), 1/s. */
  readonly throughput: number;
}

export interface UslFit {
  readonly model: UslModel;
  readonly points: readonly UslPoint[];
  /** Largest concurrency that was measured. Nothing is predicted beyond twice of it. */
  readonly largest: number;
  /** Where throughput is highest; null when the model has no maximum (κ = 0), or only one beyond twice the largest N. */
  readonly peak: UslPeak | null;
  /** Share of the variance of the throughput that the model explains, at most 1. */
  readonly rSquared: number;
}

/** How far a prediction may go, in multiples of the largest measured concurrency: research/load.md §3.3. */
export const FURTHEST = 2;
/** Different concurrencies below which three parameters have no degree of freedom left. */
export const FEWEST_POINTS = 4;

/** X(N) in 1/s, of any N ≥ 0; for predictions from measurements use `predictThroughput`, which knows its limits. */
export function throughputAt({ lambda, sigma, kappa }: UslModel, concurrency: number): number {
  return (lambda * concurrency) / (1 + sigma * (concurrency - 1) + kappa * concurrency * (concurrency - 1));
}

/** The maximum of the model; null when there is none because nothing is lost to coherency. */
export function peakOf(model: UslModel): UslPeak | null {
  if (model.kappa <= 0) return null;
  const concurrency = Math.max(1, Math.floor(Math.sqrt(Math.max(0, 1 - model.sigma) / model.kappa)));
  return { concurrency, throughput: throughputAt(model, concurrency) };
}

/** Throughput at a concurrency, or null where the measurements do not reach: at 0 or less, and beyond twice the largest N. */
export function predictThroughput({ model, largest }: UslFit, concurrency: number): number | null {
  return concurrency > 0 && concurrency <= FURTHEST * largest ? throughputAt(model, concurrency) : null;
}

/**
 * Fits the law by least squares of the throughput, with 0 ≤ σ ≤ 1 and κ ≥ 0. Points with a concurrency that is not
 * positive, or a throughput that is negative or not finite, are left out. Null when fewer than four different
 * concurrencies are left.
 *
 * The minimum of a bounded problem lies inside of one of its faces, so each face (σ free, 0 or 1; κ free or 0) is solved
 * and the best one that keeps the bounds is taken: no bound can trap the search. A face starts at the linear form
 * N/X = (1 + σ(N − 1) + κN(N − 1))/λ, weighted so that its residuals are those of X to first order, and is refined by
 * Levenberg–Marquardt.
 */
export function fitUsl(given: readonly UslPoint[]): UslFit | null {
  const points = given.filter(
    ({ concurrency, throughput }) =>
      concurrency > 0 && throughput > 0 && Number.isFinite(concurrency) && Number.isFinite(throughput),
  );
  if (new Set(points.map(({ concurrency }) => concurrency)).size < FEWEST_POINTS) return null;
  const model = bestModel(points);
  if (!model) return null;
  const largest = Math.max(...points.map(({ concurrency }) => concurrency));
  const peak = peakOf(model);
  return {
    model,
    points,
    largest,
    peak: peak && peak.concurrency <= FURTHEST * largest ? peak : null,
    rSquared: explained(model, points),
  };
}

/** Residual sum of squares of the throughput. */
export function squares(model: UslModel, points: readonly UslPoint[]): number {
  return points.reduce(
    (sum, { concurrency, throughput }) => sum + (throughput - throughputAt(model, concurrency)) ** 2,
    0,
  );
}

function explained(model: UslModel, points: readonly UslPoint[]): number {
  const mean = points.reduce((sum, { throughput }) => sum + throughput, 0) / points.length;
  const total = points.reduce((sum, { throughput }) => sum + (throughput - mean) ** 2, 0);
  return total > 0 ? 1 - squares(model, points) / total : 0;
}

/** What σ or κ is held at in a face of the bounded problem; null: free. */
interface Face {
  readonly sigma: number | null;
  readonly kappa: number | null;
}

const FACES: readonly Face[] = [
  { sigma: null, kappa: null },
  { sigma: 0, kappa: null },
  { sigma: null, kappa: 0 },
  { sigma: 0, kappa: 0 },
  { sigma: 1, kappa: null },
  { sigma: 1, kappa: 0 },
];

function bestModel(points: readonly UslPoint[]): UslModel | null {
  let best: { readonly model: UslModel; readonly squares: number } | null = null;
  for (const face of FACES) {
    const model = solveFace(points, face);
    const rest = model ? squares(model, points) : Number.NaN;
    if (!model || Number.isNaN(rest)) continue;
    // Where no bound is in the way, no face can be better.
    if (face.sigma === null && face.kappa === null) return model;
    if (!best || rest < best.squares) best = { model, squares: rest };
  }
  return best?.model ?? null;
}

/** The least squares of a face, or null when they break the bounds. */
function solveFace(points: readonly UslPoint[], face: Face): UslModel | null {
  const modelOf = ([lambda, ...rest]: Vector): UslModel => {
    const free = [...rest];
    const sigma = face.sigma ?? free.shift()!;
    return { lambda: lambda!, sigma, kappa: face.kappa ?? free.shift()! };
  };
  const start = [
    startOf(points),
    ...(face.sigma === null ? [0.05] : []),
    ...(face.kappa === null ? [0.1 / largestOf(points) ** 2] : []),
  ];
  const linear = linearStart(points, face) ?? start;
  const solved = damped(linear, (parameters) => {
    const model = modelOf(parameters);
    return points.map(({ concurrency, throughput }) => {
      const gradient = gradientAt(model, concurrency);
      return {
        residual: throughput - throughputAt(model, concurrency),
        gradient: [
          gradient[0]!,
          ...(face.sigma === null ? [gradient[1]!] : []),
          ...(face.kappa === null ? [gradient[2]!] : []),
        ],
      };
    });
  });
  const model = modelOf(solved);
  const kept =
    Number.isFinite(model.lambda) && model.lambda > 0 && model.sigma >= 0 && model.sigma <= 1 && model.kappa >= 0;
  return kept ? model : null;
}

const largestOf = (points: readonly UslPoint[]): number => Math.max(...points.map(({ concurrency }) => concurrency));

/** Throughput per unit of concurrency where there is least of it: near λ. */
function startOf(points: readonly UslPoint[]): number {
  const first = points.reduce((least, point) => (point.concurrency < least.concurrency ? point : least));
  return first.throughput / first.concurrency;
}

/** ∂X/∂λ, ∂X/∂σ, ∂X/∂κ. */
function gradientAt(model: UslModel, n: number): readonly [number, number, number] {
  const below = 1 + model.sigma * (n - 1) + model.kappa * n * (n - 1);
  const outer = (-model.lambda * n) / below ** 2;
  return [n / below, outer * (n - 1), outer * n * (n - 1)];
}

/** Weighted linear least squares of N/X; null when it leaves what the law allows, and then any start is as good. */
function linearStart(points: readonly UslPoint[], face: Face): Vector | null {
  const { matrix, vector } = normalEquations(
    points.map(({ concurrency: n, throughput: x }) => {
      // −dX = (X²/N) d(N/X): with this weight residuals of N/X weigh as those of X.
      const weight = x ** 2 / n;
      return {
        residual: weight * (n / x),
        gradient: [
          weight * (face.sigma === 1 ? n : 1),
          ...(face.sigma === null ? [weight * (n - 1)] : []),
          ...(face.kappa === null ? [weight * n * (n - 1)] : []),
        ],
      };
    }),
  );
  const [a, ...rest] = solve(matrix, vector) ?? [];
  if (!(a! > 0)) return null;
  const start = [1 / a!, ...rest.map((value) => Math.max(0, value / a!))];
  return start.every(Number.isFinite) ? start : null;
}
