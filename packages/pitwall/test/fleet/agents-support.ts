import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type AgentSettings, runAgent } from '../../src/engine/agents/agent.ts';
import { type AgentsRequest, runLoadOnAgents } from '../../src/engine/agents/coordinate.ts';
import type { ShareOutcome } from '../../src/engine/agents/share.ts';
import type { Timing } from '../../src/fleet/timing.ts';
import type { LoadOptions, LoadResult, LoadTick } from '../../src/model/load.ts';
import { BIN } from '../cli/support.ts';
import type { Postgresql } from '../support/postgresql.ts';

/** As in real runs, but for tests that should not take long. */
export const QUICK: Timing = { heartbeat: 0.2, lease: 2, startLead: 0.8, idle: 0.1, poll: 0.05 };

/** For agents of the command line, which show a sign of life every second. */
const PROCESS_AGENTS: Timing = { ...QUICK, lease: 3, startLead: 2 };

export interface TestService {
  readonly url: string;
  /** Requests that arrived: their time (epoch ms), in order. */
  readonly arrivals: number[];
  /** What they asked for. */
  readonly paths: string[];
}

/** Answers at once, and remembers when it was asked. */
export async function startService(t: TestContext): Promise<TestService> {
  const arrivals: number[] = [];
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    paths.push(request.url!);
    arrivals.push(performance.timeOrigin + performance.now());
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${port}`, arrivals, paths };
}

export function optionsFor(url: string, extra: Partial<LoadOptions> = {}): LoadOptions {
  return {
    url,
    endpoints: [{ name: 'GET /', method: 'GET', path: '/', headers: {}, weight: 1 }],
    shape: 'constant-rate',
    users: 8,
    rate: 100,
    duration: 2,
    warmup: 0.5,
    timeout: 2,
    workers: 2,
    seed: 1,
    allow: [],
    ...extra,
  };
}

export interface TestAgent {
  readonly lines: string[];
  readonly ended: Promise<ShareOutcome | null>;
  stop(): Promise<ShareOutcome | null>;
}

/** An agent in this process. It ends with the test. */
export function startAgent(t: TestContext, store: string, name: string, extra: Partial<AgentSettings> = {}): TestAgent {
  const abort = new AbortController();
  const lines: string[] = [];
  const ended = runAgent(
    { store, name, workers: 1, allow: [], once: false, ...extra },
    { signal: abort.signal, say: (line) => lines.push(line), timing: QUICK },
  );
  // Looked at when it is stopped; a test that waits for something else shows what the agent has to say.
  ended.catch((error: unknown) => console.error(`agent ${name}:`, error));
  const stop = () => {
    abort.abort(new Error('stopped by the test'));
    return ended;
  };
  t.after(() => stop().catch(() => {}));
  return { lines, ended, stop };
}

export interface TestRun {
  readonly said: string[];
  readonly ticks: LoadTick[];
  readonly result: Promise<LoadResult>;
  /** Epoch ms; 0 until known. */
  measuredAt: number;
  stop(reason: Error): void;
  abort(reason: Error): void;
}

/** A coordinator in this process. It ends with the test. */
export function startRun(
  t: TestContext,
  store: string,
  options: LoadOptions,
  request: Partial<AgentsRequest> = {},
  timing: Timing = QUICK,
): TestRun {
  const stop = new AbortController();
  const abort = new AbortController();
  const said: string[] = [];
  const ticks: LoadTick[] = [];
  const result = runLoadOnAgents(
    options,
    { store, agents: 2, workers: null, wait: 15, ...request },
    {
      signal: abort.signal,
      stop: stop.signal,
      say: (line) => said.push(line),
      step() {},
      onStart(at) {
        run.measuredAt = at;
      },
      onTick: (tick) => ticks.push(tick),
      timing,
    },
  );
  t.after(async () => {
    abort.abort(new Error('the test is over'));
    await result.catch(() => {});
  });
  result.catch(() => {});
  const run: TestRun = {
    said,
    ticks,
    result,
    measuredAt: 0,
    stop: (reason) => stop.abort(reason),
    abort: (reason) => abort.abort(reason),
  };
  return run;
}

/** As startRun, for agents of the command line. */
export function startRunOnProcesses(
  t: TestContext,
  store: string,
  options: LoadOptions,
  request: Partial<AgentsRequest> = {},
): TestRun {
  return startRun(t, store, options, request, PROCESS_AGENTS);
}

/** Waits until it is so; at most `seconds`. */
export async function until(condition: () => boolean, what: string, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await setTimeout(20);
  }
}

export interface ChildAgent {
  readonly child: ChildProcess;
  output: string;
  readonly ended: Promise<number | null>;
}

/** An agent as a user starts it. It ends with the test. */
export function spawnAgent(t: TestContext, store: string, name: string, args: readonly string[] = []): ChildAgent {
  const child = spawn(process.execPath, [BIN, 'agent', '--name', name, '--workers', '1', ...args], {
    env: { ...process.env, NO_COLOR: '1', PITWALL_STORE: store },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const agent: ChildAgent = {
    child,
    output: '',
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
  t.after(async () => {
    child.kill('SIGKILL');
    await agent.ended;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      agent.output += chunk;
    });
  }
  return agent;
}

/** A load of 3 s under way on two agents, of which `victim` was killed with kill -9 in the middle; `stays` goes on. */
export async function runWithVictim(
  t: TestContext,
  server: Postgresql,
): Promise<{ readonly store: string; readonly service: TestService; readonly run: TestRun }> {
  const [store, service] = await Promise.all([server.createDatabase(), startService(t)]);
  const victim = spawnAgent(t, store, 'victim');
  startAgent(t, store, 'stays');
  const run = startRunOnProcesses(t, store, optionsFor(service.url, { duration: 3, warmup: 0 }));
  await until(() => run.ticks.length >= 1, 'the load runs');
  victim.child.kill('SIGKILL');
  await victim.ended;
  return { store, service, run };
}
