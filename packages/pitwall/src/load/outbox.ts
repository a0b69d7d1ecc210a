import { type Channel, IDLE } from './channel.ts';

/** A request on its way to its channel, and its channel's only one: it is written again for the next. */
export interface Letter {
  readonly channel: Channel;
  step: number;
  intended: number;
  counted: boolean;
}

/**
 * Holds back the next requests of a closed loop until all answers of this turn of the event loop have been read, and then has
 * them written one after the other. The service is woken once instead of once for each, and does more of them in one go: worth
 * 5 % of throughput here, and what wrk does by asking the kernel first whether it may write. Where one answer comes at a time
 * nothing waits for another; what waits shows in the slip.
 */
export class Outbox {
  readonly #send: (letter: Letter) => void;
  readonly #return: (letter: Letter) => void;
  #letters: Letter[] = [];
  readonly #flush = () => {
    const letters = this.#letters;
    this.#letters = [];
    for (const letter of letters) {
      if (letter.channel.state === IDLE) this.#send(letter);
      else this.#return(letter);
    }
  };

  /** `giveBack` gets what cannot be sent, because its connection was closed in the same turn. */
  constructor(send: (letter: Letter) => void, giveBack: (letter: Letter) => void) {
    this.#send = send;
    this.#return = giveBack;
  }

  get empty(): boolean {
    return this.#letters.length === 0;
  }

  post(letter: Letter): void {
    if (this.#letters.push(letter) === 1) setImmediate(this.#flush);
  }
}
