import type { LoadEnd, LoadTick } from '../model/load.ts';
import type { AbortRules } from '../model/scenario.ts';

/**
 * Seconds without a single success, while requests failed, after which the service counts as gone. That is where a load balancer gives
 * up on a server: HAProxy after 3 failed checks 2 s apart (`fall 3`, `inter 2s`: its defaults), 4 to 6 s. [judgement within that range]
 */
const GONE_AFTER = 5;
/**
 * The same for a service that never answered with success: it may still be starting, and its warm-up is not seen here. As long as
 * Kubernetes waits for a container: 3 failed probes 10 s apart (`failureThreshold`, `periodSeconds`: the defaults of V1Probe).
 */
const NEVER_THERE_AFTER = 30;
/**
 * Fewer failures than this are no evidence of anything: a service that fails every second request fails 20 in a row once in a million
 * times. As many requests as Hystrix wants to see before it opens a circuit (`circuitBreaker.requestVolumeThreshold`, default 20:
 * https://github.com/Netflix/Hystrix/wiki/Configuration).
 */
const GONE_FAILURES = 20;

/** The reason of a `stop` signal that says more than "interrupted". The message is the end of a sentence. */
export class EarlyEnd extends Error {
  readonly end: LoadEnd;

  constructor(end: LoadEnd, because: string) {
    super(because);
    this.name = 'EarlyEnd';
    this.end = end;
  }
}

/**
 * Looks at each second of a run and says whether it should end. Rules hold over a sliding window, so that one bad
 * second ends nothing.
 */
export class AbortWatch {
  readonly #rules: AbortRules | null;
  readonly #recent: LoadTick[] = [];
  #sinceSuccess: LoadTick[] = [];
  #hasSucceeded = false;

  constructor(rules: AbortRules | null) {
    this.#rules = rules;
  }

  watch(tick: LoadTick): EarlyEnd | null {
    const gone = this.#gone(tick);
    if (gone !== null) return new EarlyEnd('target-lost', gone);
    const broken = this.#broken(tick);
    return broken === null ? null : new EarlyEnd('abort-rule', broken);
  }

  #gone(tick: LoadTick): string | null {
    if (tick.completed > tick.errors) {
      this.#hasSucceeded = true;
      this.#sinceSuccess = [];
      return null;
    }
    this.#sinceSuccess.push(tick);
    const failures = this.#sinceSuccess.reduce((sum, { errors }) => sum + errors, 0);
    const patience = this.#hasSucceeded ? GONE_AFTER : NEVER_THERE_AFTER;
    if (this.#sinceSuccess.length < patience || failures < GONE_FAILURES) return null;
    if (!this.#hasSucceeded) return `none of the first ${failures} requests was answered with success`;
    const since = this.#sinceSuccess[0]!.at - 1;
    return `the service has not answered with success since second ${Math.round(since)} (${failures} requests failed)`;
  }

  #broken(tick: LoadTick): string | null {
    const rules = this.#rules;
    if (rules === null) return null;
    this.#recent.push(tick);
    const window = Math.max(1, Math.ceil(rules.over));
    if (this.#recent.length > window) this.#recent.shift();
    if (this.#recent.length < window) return null;
    const completed = this.#recent.reduce((sum, each) => sum + each.completed, 0);
    const errors = this.#recent.reduce((sum, each) => sum + each.errors, 0);
    if (rules.errorRatio !== null && completed > 0 && errors / completed > rules.errorRatio) {
      const share = ((errors / completed) * 100).toFixed(1);
      return `${share} % of the requests failed over ${window} s (abort rule: ${rules.errorRatio * 100} %)`;
    }
    // The p99 of a second with fewer than 100 requests is its slowest one: one too slow in each second is then more than 1 % of them.
    const { p99 } = rules;
    if (p99 !== null && this.#recent.every((each) => each.p99 > p99)) {
      const least = Math.min(...this.#recent.map((each) => each.p99));
      return `the p99 of the response time was ${least.toFixed(3)} s or more in each of ${window} s (abort rule: ${p99} s)`;
    }
    return null;
  }
}
