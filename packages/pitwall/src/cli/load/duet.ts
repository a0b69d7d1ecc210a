import { duet } from '../../engine/duet.ts';
import { PitwallError } from '../../errors.ts';
import type { Invocation, Run } from '../command.ts';
import { exitCodeOf } from '../compare.ts';
import { allOf, emitReport, text, withWorkspace } from '../context.ts';
import { refuseExports } from '../emit.ts';
import { toleranceOf } from '../tolerance.ts';
import { withUrl } from '../unconfigured.ts';
import { overridesOf } from './overrides.ts';
import { refuseBesideMode, refuseEachEndpoint, refuseUnheard } from './refusals.ts';
import { interruptionOf, stoppingOf } from './stopping.ts';

const ENDING = 'Ending: the pair that is under way is not counted. Once more ends at once, and nothing is kept.';

/** `pitwall load --duet A_URL B_URL`: two services at the same time. */
export const run: Run = async (invocation) => {
  refuseExports(invocation);
  refuseBesideMode(invocation, 'duet', ['stream', 'strict', 'baseline', 'save-baseline', 'iterations']);
  const tolerance = toleranceOf(invocation);
  const [a, b] = originsOf(invocation);
  const overrides = await overridesOf(invocation);
  // Without a configuration the first service stands for both: what is requested is the same anyway.
  return withWorkspace(withUrl(invocation, a), async ({ session, store, progress }) => {
    refuseEachEndpoint('duet', text(invocation, 'preset') ?? session.config.load.preset);
    const stopping = stoppingOf(invocation, () => progress.say(ENDING));
    let early: PitwallError | null = null as PitwallError | null;
    try {
      const report = await duet(session, {
        signal: stopping.signal,
        stop: stopping.stop,
        a,
        b,
        overrides,
        tolerance,
        onLoad: (load) => refuseUnheard(invocation, load),
        onPair: (pair, pairs) => progress.step(pair === 0 ? 'warming both up' : `pair ${pair} of ${pairs}`),
        onEndedEarly: (made, pairs, failure) => {
          early = failure ?? new PitwallError('DUET_INTERRUPTED', { made, pairs });
        },
      });
      progress.done();
      await allOf(
        () => emitReport(report, invocation),
        () => store.saveRun(report, []),
      );
      if (early !== null) throw early;
      return exitCodeOf(report.comparison);
    } catch (error) {
      throw interruptionOf(error, stopping, 'before the first pair') ?? error;
    } finally {
      stopping.dispose();
    }
  });
};

function originsOf({ positionals }: Invocation): readonly [string, string] {
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'load' });
  if (positionals.length !== 2) throw usage('--duet needs two URLs: pitwall load --duet A_URL B_URL.');
  const origins = positionals.map((written) => {
    const url = URL.canParse(written) ? new URL(written) : null;
    if (!url || !/^https?:$/.test(url.protocol))
      throw usage(`${written} is not an http or https URL${withScheme(written)}`);
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      throw usage(
        `${written}: name only the origin (${url.origin}); what is requested comes from the configuration or --endpoint.`,
      );
    }
    if (url.username !== '' || url.password !== '') {
      throw usage(
        'Credentials do not belong into a URL; put them into headers of the configuration, by reference to an environment variable.',
      );
    }
    return url.origin;
  });
  if (origins[0] === origins[1])
    throw usage('--duet needs two different services; --calibrate loads the same one again and again.');
  return origins as unknown as readonly [string, string];
}

/** `localhost:8080` is a URL of the scheme `localhost`, and seldom meant as one. */
function withScheme(written: string): string {
  return /^[\w.-]+(:\d+)?$/.test(written) ? `: did you mean http://${written}?` : '.';
}
