/** Thread entry: runs one lane and reports to the parent. Started by workers.ts and by nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { Lane } from './lane.ts';
import { monotonicNow, type StartMessage, type WorkerMessage, type WorkerTask } from './protocol.ts';

const port = parentPort!;
const send = (message: WorkerMessage): void => port.postMessage(message);

port.once('message', ({ startAt }: StartMessage) => {
  const t0 = performance.now() + (startAt - monotonicNow());
  const lane = new Lane(
    workerData as WorkerTask,
    t0,
    (tick) => send({ type: 'tick', tick }),
    (result) => send({ type: 'done', result }),
  );
  lane.run();
});
send({ type: 'ready' });
