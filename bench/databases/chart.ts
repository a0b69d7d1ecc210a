/** Time against bytes as an SVG. */

export interface Point {
  readonly name: string;
  readonly bytes: number;
  readonly seconds: number;
  /** Joined by a line, in the order of their bytes. */
  readonly joined: boolean;
}

const WIDTH = 720;
const HEIGHT = 400;
const EDGE = { left: 70, right: 170, top: 40, bottom: 50 };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** 1, 2 or 5 times a power of ten: about `count` steps up to `most`. */
function step(most: number, count: number): number {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((n) => n * power >= rough) ?? 10) * power;
}

export function chart(title: string, points: readonly Point[]): string {
  const mib = (bytes: number): number => Math.max(0, bytes) / 2 ** 20;
  const most = {
    x: Math.max(1e-3, ...points.map(({ bytes }) => mib(bytes))) * 1.05,
    y: Math.max(1e-9, ...points.map(({ seconds }) => seconds)) * 1.05,
  };
  const x = (bytes: number): number => EDGE.left + (mib(bytes) / most.x) * (WIDTH - EDGE.left - EDGE.right);
  const y = (seconds: number): number => HEIGHT - EDGE.bottom - (seconds / most.y) * (HEIGHT - EDGE.top - EDGE.bottom);
  const marks = (upTo: number): number[] => {
    const by = step(upTo, 5);
    return Array.from({ length: Math.floor(upTo / by) + 1 }, (_, i) => i * by);
  };
  const digits = (value: number): string => String(Number(value.toPrecision(3)));
  const line = points.filter(({ joined }) => joined).sort((a, b) => a.bytes - b.bytes);
  const parts = [
    `<text x="${EDGE.left}" y="20" font-weight="bold">${escaped(title)}</text>`,
    ...marks(most.y).map(
      (at) =>
        `<path d="M${EDGE.left} ${y(at).toFixed(1)}H${WIDTH - EDGE.right}" stroke="#ddd"/><text x="${EDGE.left - 6}" y="${(y(at) + 4).toFixed(1)}" text-anchor="end">${digits(at)}</text>`,
    ),
    ...marks(most.x).map(
      (at) =>
        `<text x="${x(at * 2 ** 20).toFixed(1)}" y="${HEIGHT - EDGE.bottom + 18}" text-anchor="middle">${digits(at)}</text>`,
    ),
    `<text x="${(EDGE.left + WIDTH - EDGE.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">MiB of indexes</text>`,
    `<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">seconds of the workload’s hour</text>`,
    line.length > 1
      ? `<path d="M${line.map((p) => `${x(p.bytes).toFixed(1)} ${y(p.seconds).toFixed(1)}`).join('L')}" fill="none" stroke="#06c"/>`
      : '',
    ...points.map(
      (p) =>
        `<circle cx="${x(p.bytes).toFixed(1)}" cy="${y(p.seconds).toFixed(1)}" r="4" fill="${p.joined ? '#06c' : '#c50'}"/><text x="${(x(p.bytes) + 7).toFixed(1)}" y="${(y(p.seconds) - 5).toFixed(1)}">${escaped(p.name)}</text>`,
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<rect width="100%" height="100%" fill="#fff"/>
${parts.filter((part) => part !== '').join('\n')}
</svg>
`;
}
