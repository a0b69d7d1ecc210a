/** Numbers from 0 to n − 1, the same on every run. Numerical Recipes' linear congruential generator. */
export function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const WORDS = 'pit wall measure load index write change proof time query table cache log'.split(' ');

/** Text of exactly that many characters that compresses about as well as prose does. */
export function textOf(length: number): string {
  const roll = dice(length);
  let text = '';
  while (text.length < length) text += WORDS[roll(WORDS.length)] + (roll(9) === 0 ? '\n' : ' ');
  return text.slice(0, length);
}

/** Bytes that do not compress. */
export function bytesOf(length: number): Buffer {
  const roll = dice(length);
  return Buffer.from(Array.from({ length }, () => roll(256)));
}
