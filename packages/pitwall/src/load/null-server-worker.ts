/**
 * Thread entry: a server that does nothing but answer, for the generator's self-test. Says its port, and for every message how many
 * requests it has answered. Started by self-test.ts alone.
 */
import net from 'node:net';
import { parentPort } from 'node:worker_threads';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

let answered = 0;
const server = net.createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  // The self-test never pipelines: what arrives is one request.
  socket.on('data', () => {
    answered++;
    socket.write(ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as net.AddressInfo).port));
parentPort!.on('message', () => parentPort!.postMessage(answered));
