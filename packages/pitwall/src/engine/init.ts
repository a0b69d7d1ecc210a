import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { PitwallError, reasonOf } from '../errors.ts';
import { findListeners, type Listeners } from '../integrations/_proc/listeners.ts';
import { integrationIds, loadAllIntegrations } from '../integrations/registry.ts';
import { isUntrusted } from '../model/connection-failure.ts';
import type { AnyIntegration, DetectContext, Detected, Environment } from '../model/integration.ts';
import { findNeighbours, type Neighbour } from './init/neighbours.ts';
import { type DefaultLimits, defaultLimits, optionsOf, type SchemaOption } from './init/schema-options.ts';
import { describeListener, type Listener, serviceName } from './init/service-name.ts';

export { renderConfig } from './init/render.ts';

export interface DetectedTarget extends Detected {
  readonly integration: string;
  /** Options that were left at their defaults, to be shown as comments. */
  readonly unset: readonly SchemaOption[];
}

/** What `pitwall init` saw, as plain data: the configuration is rendered from this and nothing else. */
export interface DetectedService {
  readonly url: string;
  readonly name: string;
  /** What the name was taken from. */
  readonly nameFrom: string;
  /** Processes that listen on the URL's port on this host. */
  readonly listeners: readonly Listener[];
  /** Their ids are unique. */
  readonly targets: readonly DetectedTarget[];
  readonly neighbours: readonly Neighbour[];
  /** Limits that hold for these targets when none are configured. */
  readonly limits: readonly DefaultLimits[];
  /** What could not be looked at, and why; each a sentence. */
  readonly remarks: readonly string[];
}

/**
 * Looks at the service behind a URL: its answers and, when it runs on this host, the processes that listen, what they
 * have open, and well-known servers beside it. Changes nothing. Throws TARGET_UNREACHABLE when the URL does not answer,
 * INIT_UNTRUSTED when it is its certificate that is not trusted (on loopback it is noted instead).
 */
export async function detectService(url: URL, environment: Environment, signal: AbortSignal): Promise<DetectedService> {
  const remarks: string[] = [];
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const local = await isThisHost(url);
  const found: Listeners = local ? await findListeners(environment.proc, port) : { pids: [], listening: false };
  if (!local) {
    remarks.push(
      `${url.hostname} is another host: run Pitwall there to see its processes, its databases and the machine.`,
    );
  } else if (found.pids.length === 0) {
    const why = found.listening
      ? 'it belongs to another user or to a container: run `pitwall init` as root or as that user to see it'
      : 'a proxy of the kernel or another network namespace may stand in front of it';
    remarks.push(`The process that listens on port ${port} cannot be seen; ${why}.`);
  }
  // Those that can be loaded answer at the URL itself; the others look at this host and mean nothing for another one.
  const all = (await loadAllIntegrations()).toSorted((a, b) => Number(serves(b)) - Number(serves(a)));
  const integrations = all.filter((integration) => local || serves(integration));
  const context: DetectContext = { environment, signal, url, listeners: found.pids };
  const targets = await detectTargets(integrations, context, remarks);
  const listeners = await Promise.all(found.pids.map((pid) => describeListener(environment.proc, pid)));
  const present = listeners.filter((listener) => listener !== null);
  return {
    url: url.origin,
    ...(await serviceName(environment.proc, present, url)),
    listeners: present,
    targets,
    neighbours: local ? await findNeighbours({ except: port, known: integrationIds(), signal }) : [],
    limits: defaultLimits(integrations.filter(({ id }) => targets.some(({ integration }) => integration === id))),
    remarks,
  };
}

async function detectTargets(
  integrations: readonly AnyIntegration[],
  context: DetectContext,
  remarks: string[],
): Promise<DetectedTarget[]> {
  const targets: DetectedTarget[] = [];
  const ids = new Set<string>();
  for (const integration of integrations) {
    let detected: readonly Detected[] = [];
    try {
      detected = await integration.detect(context);
    } catch (error) {
      context.signal.throwIfAborted();
      // One that cannot look is a remark; but without an answer from the URL there is nothing to configure.
      if (error instanceof PitwallError && error.code === 'TARGET_UNREACHABLE') throw unanswered(error, context.url!);
      remarks.push(`${integration.title} could not be looked for: ${reasonOf(error)}.`);
    }
    for (const one of detected) {
      const id = uniqueId(one.id, ids);
      ids.add(id);
      const given = new Set(Object.keys(one.options as object));
      const unset = optionsOf(integration.options, one.options).filter(({ name }) => !given.has(name));
      targets.push({ ...one, id, integration: integration.id, unset });
    }
  }
  return targets;
}

/** A service whose certificate is not trusted is there: what is missing is its authority, and no file yet to name it in. */
function unanswered(error: PitwallError, url: URL): PitwallError {
  const reason = reasonOf(error.cause);
  return isUntrusted(reason)
    ? new PitwallError('INIT_UNTRUSTED', { url: url.origin, reason }, { cause: error })
    : error;
}

function serves(integration: AnyIntegration): boolean {
  return integration.loadTarget !== undefined;
}

/** An id as the configuration takes it: made from a file's name, it may be anything. */
function uniqueId(wanted: string, taken: ReadonlySet<string>): string {
  const plain =
    wanted
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .replace(/^[^A-Za-z]+/, '')
      .slice(0, 30) || 'target';
  let id = plain;
  for (let n = 2; taken.has(id); n++) id = `${plain}-${n}`;
  return id;
}

/** True when the URL's host is loopback or an address of one of this machine's interfaces. */
async function isThisHost(url: URL): Promise<boolean> {
  const own = new Set(['0.0.0.0', '::']);
  for (const addresses of Object.values(networkInterfaces()))
    for (const { address } of addresses ?? []) own.add(address);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  try {
    const addresses = await lookup(host, { all: true });
    return addresses.some(({ address }) => own.has(address) || address === '::1' || address.startsWith('127.'));
  } catch {
    // The request that follows says what is wrong with the name.
    return false;
  }
}
