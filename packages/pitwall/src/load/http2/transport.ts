import type { Transport } from '../channel.ts';
import { Dialler } from '../dial.ts';
import { USERS_A_SESSION } from '../host-limits.ts';
import type { TransportOptions } from '../transport.ts';
import { type CurrentSession, Http2Channel } from './channel.ts';
import { encodeHttp2 } from './request.ts';
import { SharedSession } from './session.ts';

/** HTTP/2: channels share connections, the same ones for the whole run: channel i uses connection i mod n. */
export function createHttp2({ to, host, count, connections, owner }: TransportOptions): Transport {
  const scheme = to.tls ? 'https' : 'http';
  const dialler = new Dialler(to, 'h2');
  const sessions = new Set<SharedSession>();
  const dial = (now: number): SharedSession => {
    for (const session of sessions) if (session.closed) sessions.delete(session);
    const session = new SharedSession(dialler, `${scheme}://${host}`, now);
    sessions.add(session);
    return session;
  };
  const wanted = connections ?? Math.ceil(count / USERS_A_SESSION);
  const trunks = Array.from({ length: Math.max(1, Math.min(wanted, count)) }, () => trunk(dial));
  const channels = Array.from(
    { length: count },
    (_, index) => new Http2Channel(owner, trunks[index % trunks.length]!, index),
  );
  return {
    channels,
    encode: (request) => encodeHttp2(request, scheme, host),
    counts: () => dialler.counts(),
    close: () => {
      for (const channel of channels) channel.close();
      for (const session of sessions) session.destroy();
    },
  };
}

/** A place among the connections: when its session takes no more streams, the next one who asks gets a new one. */
function trunk(dial: (now: number) => SharedSession): CurrentSession {
  let current: SharedSession | null = null;
  return (now) => {
    if (current === null || !current.usable) current = dial(now);
    return current;
  };
}
