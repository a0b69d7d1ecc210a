/** `14,400`, `0.25`: a rate or a number of requests within a sentence, as reports write numbers. */
export const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 6 });

/** Three significant digits, without an exponent. */
export const figure = (value: number): string => (Number.isFinite(value) ? grouped(Number(value.toPrecision(3))) : '?');
