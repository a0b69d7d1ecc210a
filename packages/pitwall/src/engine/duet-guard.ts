import { AbortWatch, EarlyEnd } from '../load/abort-watch.ts';
import { DANGER_INTERVAL, watchDanger } from '../load/danger.ts';
import type { Environment } from '../model/integration.ts';
import type { LoadOptions, LoadTick } from '../model/load.ts';
import { hostWatch } from './search/host-watch.ts';

/** What ends a duet early: what would end a load of each of its services. */
export interface DuetGuard {
  /** Aborted with an EarlyEnd as its reason. */
  readonly signal: AbortSignal;
  /** A second, or what there was of one, of a block of a service. */
  saw(side: 'a' | 'b', tick: LoadTick): void;
  /** Ends the watch of this host. */
  end(): Promise<void>;
}

/**
 * Watches both services of a duet by the abort rules and danger signs of its load, over all blocks: a rule holds over seconds, a danger
 * has to last, and a single block is shorter than either. `load`: of which the rules are; `urls`: the origins.
 */
export async function guardDuet(
  environment: Environment,
  load: Pick<LoadOptions, 'abort' | 'socket'>,
  urls: Readonly<Record<'a' | 'b', string>>,
  /** Seconds between two looks at the host. For tests. */
  interval: number = DANGER_INTERVAL,
): Promise<DuetGuard> {
  const ended = new AbortController();
  const rules = load.abort ?? null;
  const watches = { a: new SecondsWatch(new AbortWatch(rules)), b: new SecondsWatch(new AbortWatch(rules)) };
  const watching = rules?.danger
    ? await Promise.all(
        (['a', 'b'] as const).map(async (side) => {
          const { socket } = load;
          const read = await hostWatch(environment, { url: urls[side], ...(socket === undefined ? {} : { socket }) });
          if (read === null) return async () => {};
          const onDanger = ({ text }: { readonly text: string }) => ended.abort(new EarlyEnd('danger', text));
          return watchDanger({ read, interval, onDanger });
        }),
      )
    : [];
  return {
    signal: ended.signal,
    saw(side, tick) {
      const ending = watches[side].saw(tick);
      if (ending !== null) ended.abort(new EarlyEnd(ending.end, `${urls[side]}: ${ending.message}`));
    },
    async end() {
      await Promise.all(watching.map((stop) => stop()));
    },
  };
}

/** Puts the parts of seconds that blocks end with together to whole ones, as an AbortWatch takes them. */
class SecondsWatch {
  readonly #watch: AbortWatch;
  #parts: LoadTick[] = [];
  /** Measured seconds of all blocks; of the parts; of the block that is under way. */
  #at = 0;
  #length = 0;
  #inBlock = 0;

  constructor(watch: AbortWatch) {
    this.#watch = watch;
  }

  saw(tick: LoadTick): EarlyEnd | null {
    // The time of each block begins anew.
    const length = tick.at > this.#inBlock ? tick.at - this.#inBlock : tick.at;
    this.#inBlock = tick.at;
    this.#at += length;
    this.#length += length;
    this.#parts.push(tick);
    if (this.#length < 1 - 1e-6) return null;
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    const sum = (of: (part: LoadTick) => number) => parts.reduce((total, part) => total + of(part), 0);
    return this.#watch.watch({
      ...tick,
      at: this.#at,
      completed: sum(({ completed }) => completed),
      errors: sum(({ errors }) => errors),
      // A rule asks whether it was above a limit all the time: then the least of the parts was.
      p99: Math.min(...parts.map(({ p99 }) => p99)),
    });
  }
}
