import type { Channel } from '../channel.ts';

const NOWHERE = -1;

/**
 * The channels that are free. The one that became free last is used first, so that a low rate stays on few connections and
 * the others are left to their keep-alive limit. Taking a given channel out leaves a hole instead of moving the others.
 */
export class IdleStack {
  readonly #stack: (Channel | null)[] = [];
  /** By index of the channel: where it is in the stack, and when it became free (ms). */
  readonly #place: Int32Array;
  readonly #since: Float64Array;

  /** `channels`: how many there are in all. */
  constructor(channels: number) {
    this.#place = new Int32Array(channels).fill(NOWHERE);
    this.#since = new Float64Array(channels);
  }

  push(channel: Channel, now: number): void {
    this.#since[channel.index] = now;
    this.#place[channel.index] = this.#stack.length;
    this.#stack.push(channel);
  }

  pop(): Channel | null {
    let channel = this.#stack.pop();
    while (channel === null) channel = this.#stack.pop();
    if (!channel) return null;
    this.#place[channel.index] = NOWHERE;
    return channel;
  }

  /** False when the channel is not free. */
  remove(channel: Channel): boolean {
    const place = this.#place[channel.index]!;
    if (place === NOWHERE) return false;
    this.#stack[place] = null;
    this.#place[channel.index] = NOWHERE;
    return true;
  }

  /** When the channel last became free. */
  freeSince(channel: Channel): number {
    return this.#since[channel.index]!;
  }
}
