import { Worker } from 'node:worker_threads';
import {
  monotonicNow,
  type StartMessage,
  type WorkerMessage,
  type WorkerResult,
  type WorkerTask,
  type WorkerTick,
} from './protocol.ts';

/** Between "all threads are ready" and the start (ms): long enough for the message to reach every one of them. */
const START_DELAY = 20;

/**
 * Runs one thread per task and returns their results in the order of the tasks. Threads always, also for one task: the
 * command's own loop (progress, signals) must not delay requests. On abort, or when one thread fails, all are ended.
 */
export async function runWorkers(
  tasks: readonly WorkerTask[],
  signal: AbortSignal,
  onTick: (tick: WorkerTick, worker: number) => void,
): Promise<WorkerResult[]> {
  signal.throwIfAborted();
  const workers = tasks.map((workerData) => new Worker(new URL('./worker.ts', import.meta.url), { workerData }));
  let abort: (() => void) | undefined;
  try {
    return await new Promise<WorkerResult[]>((resolve, reject) => {
      const results: WorkerResult[] = [];
      let ready = 0;
      let finished = 0;
      abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      for (const [index, worker] of workers.entries()) {
        worker.on('error', reject);
        worker.on('exit', (code) => {
          if (!results[index]) reject(new Error(`a load thread ended with code ${code} before its result`));
        });
        worker.on('message', (message: WorkerMessage) => {
          if (message.type === 'tick') {
            onTick(message.tick, index);
          } else if (message.type === 'ready') {
            if (++ready < workers.length) return;
            const start: StartMessage = { startAt: monotonicNow() + START_DELAY };
            for (const each of workers) each.postMessage(start);
          } else {
            results[index] = message.result;
            if (++finished === workers.length) resolve(results);
          }
        });
      }
    });
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
