/** Thread entry: runs one lane and reports to the parent. Started by workers.ts and by nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { Lane } from './lane.ts';
import { monotonicNow, type Order, type WorkerMessage, type WorkerTask } from './protocol.ts';
import { planOf } from './scenario/plan.ts';
import { mostUsers } from './shapes/index.ts';

const port = parentPort!;
const send = (message: WorkerMessage): void => port.postMessage(message);

const task = workerData as WorkerTask;
const plan = await planOf(task.options, task, mostUsers(task.options));
const lane = new Lane(task, plan, {
  tick: (tick) => send({ type: 'tick', tick }),
  block: (block) => send({ type: 'block', block }),
  over: (because) => send({ type: 'over', because }),
  done: (result) => send({ type: 'done', result }),
});
port.on('message', (order: Order) => {
  if (order.type === 'start') lane.run(performance.now() + (order.startAt - monotonicNow()));
  else lane.stop();
});
const reason = await lane.prepare();
send(reason === null ? { type: 'ready' } : { type: 'unready', reason });
