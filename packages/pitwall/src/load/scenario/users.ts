import { CookieJar, type CookieOrigin } from './cookie-jar.ts';
import { UserScope } from './scope.ts';

/** A virtual user: what it knows, and where it is in its flow. One for each channel of a worker. */
export class User {
  /** Position among the worker's users. */
  readonly index: number;
  readonly scope: UserScope;
  readonly jar: CookieJar | null;
  /** Flow under way, and the position in it of the step that was sent last or comes next; -1: none. */
  flow = -1;
  position = 0;
  /** While the next step waits for its time or for a connection: when it is due (ms). */
  due = Number.NaN;
  /** Of the last request: what cookies without a path of their own belong to. */
  path = '/';

  /** `number`: of the whole load, from 0. `origin`: null when it keeps no cookies. */
  constructor(index: number, number: number, seed: number, origin: CookieOrigin | null) {
    this.index = index;
    this.scope = new UserScope(number, seed);
    this.jar = origin === null ? null : new CookieJar(origin);
  }
}
