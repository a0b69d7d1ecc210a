/** Thread entry: a server that does nothing but answer, for the generator's self-test. Started by self-test.ts alone. */
import net from 'node:net';
import { parentPort } from 'node:worker_threads';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

const server = net.createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  // The self-test never pipelines: what arrives is one request.
  socket.on('data', () => socket.write(ANSWER));
});
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as net.AddressInfo).port));
