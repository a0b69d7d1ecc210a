/** Anything that survives `JSON.parse(JSON.stringify(x))` unchanged. Facts, states and changes are only ever this. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
