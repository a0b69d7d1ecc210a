import { Worker } from 'node:worker_threads';
import { PitwallError } from '../errors.ts';
import {
  monotonicNow,
  type Order,
  type RawBlock,
  type RawTick,
  type WorkerMessage,
  type WorkerResult,
  type WorkerTask,
} from './protocol.ts';

/** Between "all threads are ready" and the start (ms): long enough for the message to reach every one of them. */
const START_DELAY = 20;

export interface WorkersContext {
  /** Ends all threads at once. */
  readonly signal: AbortSignal;
  /** Ends the measured part: the threads report what they have. */
  readonly stop: AbortSignal;
  onTick(tick: RawTick, worker: number): void;
  onBlock(block: RawBlock, worker: number): void;
  /** The worker has handed in its result: it will tell of nothing more. */
  onDone(worker: number): void;
  /** A worker cannot go on: see WorkerMessage `over`. */
  onOver(because: string): void;
  /** Called once with the start, in ms of CLOCK_MONOTONIC. */
  onStart(startAt: number): void;
  /** Called when all users are ready; resolves with the start in ms of CLOCK_MONOTONIC. Default: at once. */
  startAt?(): Promise<number>;
}

/**
 * Runs one thread per task and returns their results in the order of the tasks. Threads always, also for one task: the
 * command's own loop (progress, signals) must not delay requests. On abort, or when one thread fails, all are ended.
 * @throws PitwallError LOAD_SETUP_FAILED
 */
export async function runWorkers(tasks: readonly WorkerTask[], context: WorkersContext): Promise<WorkerResult[]> {
  const { signal, stop } = context;
  signal.throwIfAborted();
  const workers = tasks.map((workerData) => new Worker(new URL('./worker.ts', import.meta.url), { workerData }));
  const tell = (order: Order) => {
    for (const each of workers) each.postMessage(order);
  };
  const listening = new AbortController();
  try {
    return await new Promise<WorkerResult[]>((resolve, reject) => {
      const results: WorkerResult[] = [];
      let ready = 0;
      let started = false;
      let finished = 0;
      const begin = async () => {
        const startAt = (await context.startAt?.()) ?? monotonicNow() + START_DELAY;
        started = true;
        context.onStart(startAt);
        tell({ type: 'start', startAt });
        if (stop.aborted) tell({ type: 'stop' });
      };
      const once = { once: true, signal: listening.signal };
      signal.addEventListener('abort', () => reject(signal.reason), once);
      // Before the start there is nothing to report.
      stop.addEventListener('abort', () => (started ? tell({ type: 'stop' }) : reject(stop.reason)), once);
      for (const [index, worker] of workers.entries()) {
        worker.on('error', reject);
        worker.on('exit', (code) => {
          if (!results[index]) reject(new Error(`a load thread ended with code ${code} before its result`));
        });
        worker.on('message', (message: WorkerMessage) => {
          switch (message.type) {
            case 'ready':
              if (++ready === workers.length) begin().catch(reject);
              break;
            case 'unready':
              reject(new PitwallError('LOAD_SETUP_FAILED', { reason: message.reason }));
              break;
            case 'tick':
              context.onTick(message.tick, index);
              break;
            case 'block':
              context.onBlock(message.block, index);
              break;
            case 'over':
              context.onOver(message.because);
              break;
            default:
              results[index] = message.result;
              context.onDone(index);
              if (++finished === workers.length) resolve(results);
          }
        });
      }
    });
  } finally {
    listening.abort();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
