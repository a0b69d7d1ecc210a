/** The tables of TPC-H, by the public specification: https://www.tpc.org/tpch/ (§1.4). */
import type { EngineId } from '../../types.ts';

/** Rows at scale factor 1; line items: 1 to 7 an order. */
export const ROWS = { supplier: 10_000, part: 200_000, customer: 150_000, orders: 1_500_000 } as const;

export interface Counts {
  readonly supplier: number;
  readonly part: number;
  readonly customer: number;
  readonly orders: number;
}

export function counts(factor: number): Counts {
  const of = (rows: number, least: number): number => Math.max(least, Math.round(rows * factor));
  return {
    // Fewer, and a part would have the same supplier twice.
    supplier: of(ROWS.supplier, 200),
    part: of(ROWS.part, 100),
    customer: of(ROWS.customer, 60),
    orders: of(ROWS.orders, 300),
  };
}

/** Only the first eight of 32 order keys are used (§4.2.3). */
export const orderKey = (i: number): number => Math.floor((i - 1) / 8) * 32 + ((i - 1) % 8) + 1;

/** Of SQLite the types say how values are compared: dates are texts there, and amounts are floating. */
export function schema(engine: EngineId): string {
  const money = engine === 'sqlite' ? 'REAL' : 'numeric(15,2)';
  const date = engine === 'sqlite' ? 'TEXT' : 'date';
  return `
    CREATE TABLE region (r_regionkey integer PRIMARY KEY, r_name varchar(25) NOT NULL, r_comment text);
    CREATE TABLE nation (n_nationkey integer PRIMARY KEY, n_name varchar(25) NOT NULL,
      n_regionkey integer NOT NULL REFERENCES region (r_regionkey), n_comment text);
    CREATE TABLE supplier (s_suppkey integer PRIMARY KEY, s_name varchar(25) NOT NULL, s_address varchar(40) NOT NULL,
      s_nationkey integer NOT NULL REFERENCES nation (n_nationkey), s_phone varchar(15) NOT NULL, s_acctbal ${money} NOT NULL,
      s_comment text NOT NULL);
    CREATE TABLE part (p_partkey integer PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr varchar(25) NOT NULL,
      p_brand varchar(10) NOT NULL, p_type varchar(25) NOT NULL, p_size integer NOT NULL, p_container varchar(10) NOT NULL,
      p_retailprice ${money} NOT NULL, p_comment text NOT NULL);
    CREATE TABLE partsupp (ps_partkey integer NOT NULL REFERENCES part (p_partkey),
      ps_suppkey integer NOT NULL REFERENCES supplier (s_suppkey), ps_availqty integer NOT NULL, ps_supplycost ${money} NOT NULL,
      ps_comment text NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey));
    CREATE TABLE customer (c_custkey integer PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL,
      c_nationkey integer NOT NULL REFERENCES nation (n_nationkey), c_phone varchar(15) NOT NULL, c_acctbal ${money} NOT NULL,
      c_mktsegment varchar(10) NOT NULL, c_comment text NOT NULL);
    CREATE TABLE orders (o_orderkey integer PRIMARY KEY, o_custkey integer NOT NULL REFERENCES customer (c_custkey),
      o_orderstatus varchar(1) NOT NULL, o_totalprice ${money} NOT NULL, o_orderdate ${date} NOT NULL,
      o_orderpriority varchar(15) NOT NULL, o_clerk varchar(15) NOT NULL, o_shippriority integer NOT NULL, o_comment text NOT NULL);
    CREATE TABLE lineitem (l_orderkey integer NOT NULL REFERENCES orders (o_orderkey), l_partkey integer NOT NULL,
      l_suppkey integer NOT NULL, l_linenumber integer NOT NULL, l_quantity ${money} NOT NULL, l_extendedprice ${money} NOT NULL,
      l_discount ${money} NOT NULL, l_tax ${money} NOT NULL, l_returnflag varchar(1) NOT NULL, l_linestatus varchar(1) NOT NULL,
      l_shipdate ${date} NOT NULL, l_commitdate ${date} NOT NULL, l_receiptdate ${date} NOT NULL,
      l_shipinstruct varchar(25) NOT NULL, l_shipmode varchar(10) NOT NULL, l_comment text NOT NULL,
      PRIMARY KEY (l_orderkey, l_linenumber),
      FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp (ps_partkey, ps_suppkey));`;
}
