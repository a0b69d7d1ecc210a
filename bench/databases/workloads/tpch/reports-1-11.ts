/** Reports 1 to 11 by the specification (§2.4): their shapes, with substitution values drawn as it says. */
import { type Draws, day } from '../../draws.ts';
import type { EngineId, Value } from '../../types.ts';
import { COLOURS, NATIONS, REGIONS, SEGMENTS, TYPE_ENDS, TYPES } from './words.ts';

export interface Report {
  readonly text: string;
  readonly sample: (d: Draws) => readonly Value[];
}

/** The year of a date, in the engine's words. */
const year = (engine: EngineId, column: string): string =>
  engine === 'sqlite' ? `substr(${column}, 1, 4)` : `extract(year FROM ${column})`;
/** The first of a month, so many months after the first of a year. */
const month = (from: number, months: number): string =>
  `${from + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01`;
const nation = (d: Draws): string => d.pick(NATIONS)[0];

export function reports(engine: EngineId): readonly Report[] {
  return [
    {
      text: `SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
          sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
          sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge, avg(l_quantity) AS avg_qty,
          avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc, count(*) AS count_order
        FROM lineitem WHERE l_shipdate <= $1 GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
      sample: (d) => [day('1998-12-01', -d.whole(60, 120))],
    },
    {
      text: `SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
        FROM part, supplier, partsupp, nation, region
        WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = $1 AND p_type LIKE $2
          AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = $3
          AND ps_supplycost = (SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region
            WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey
              AND n_regionkey = r_regionkey AND r_name = $3)
        ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 100`,
      sample: (d) => [d.whole(1, 50), `%${d.pick(TYPE_ENDS)}`, d.pick(REGIONS)],
    },
    {
      text: `SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
        FROM customer, orders, lineitem
        WHERE c_mktsegment = $1 AND c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate < $2 AND l_shipdate > $2
        GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10`,
      sample: (d) => [d.pick(SEGMENTS), day('1995-03-01', d.whole(0, 30))],
    },
    {
      text: `SELECT o_orderpriority, count(*) AS order_count FROM orders
        WHERE o_orderdate >= $1 AND o_orderdate < $2
          AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
        GROUP BY o_orderpriority ORDER BY o_orderpriority`,
      sample: (d) => {
        const from = d.whole(0, 57);
        return [month(1993, from), month(1993, from + 3)];
      },
    },
    {
      text: `SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
        FROM customer, orders, lineitem, supplier, nation, region
        WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey AND c_nationkey = s_nationkey
          AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = $1
          AND o_orderdate >= $2 AND o_orderdate < $3
        GROUP BY n_name ORDER BY revenue DESC`,
      sample: (d) => {
        const from = d.whole(1993, 1997);
        return [d.pick(REGIONS), month(from, 0), month(from, 12)];
      },
    },
    {
      text: `SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
        WHERE l_shipdate >= $1 AND l_shipdate < $2 AND l_discount BETWEEN $3 AND $4 AND l_quantity < $5`,
      sample: (d) => {
        const from = d.whole(1993, 1997);
        const discount = d.whole(2, 9);
        return [month(from, 0), month(from, 12), (discount - 1) / 100, (discount + 1) / 100, d.whole(24, 25)];
      },
    },
    {
      text: `SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue
        FROM (SELECT n1.n_name AS supp_nation, n2.n_name AS cust_nation, ${year(engine, 'l_shipdate')} AS l_year,
            l_extendedprice * (1 - l_discount) AS volume
          FROM supplier, lineitem, orders, customer, nation n1, nation n2
          WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND c_custkey = o_custkey
            AND s_nationkey = n1.n_nationkey AND c_nationkey = n2.n_nationkey
            AND ((n1.n_name = $1 AND n2.n_name = $2) OR (n1.n_name = $2 AND n2.n_name = $1))
            AND l_shipdate BETWEEN '1995-01-01' AND '1996-12-31') AS shipping
        GROUP BY supp_nation, cust_nation, l_year ORDER BY supp_nation, cust_nation, l_year`,
      sample: (d) => {
        const one = d.whole(0, 24);
        return [NATIONS[one]![0], NATIONS[(one + d.whole(1, 24)) % 25]![0]];
      },
    },
    {
      text: `SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE 0 END) / sum(volume) AS mkt_share
        FROM (SELECT ${year(engine, 'o_orderdate')} AS o_year, l_extendedprice * (1 - l_discount) AS volume, n2.n_name AS nation
          FROM part, supplier, lineitem, orders, customer, nation n1, nation n2, region
          WHERE p_partkey = l_partkey AND s_suppkey = l_suppkey AND l_orderkey = o_orderkey AND o_custkey = c_custkey
            AND c_nationkey = n1.n_nationkey AND n1.n_regionkey = r_regionkey AND r_name = $2
            AND s_nationkey = n2.n_nationkey AND o_orderdate BETWEEN '1995-01-01' AND '1996-12-31' AND p_type = $3) AS all_nations
        GROUP BY o_year ORDER BY o_year`,
      sample: (d) => {
        const [name, region] = d.pick(NATIONS);
        return [name, REGIONS[region]!, d.pick(TYPES)];
      },
    },
    {
      text: `SELECT nation, o_year, sum(amount) AS sum_profit
        FROM (SELECT n_name AS nation, ${year(engine, 'o_orderdate')} AS o_year,
            l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity AS amount
          FROM part, supplier, lineitem, partsupp, orders, nation
          WHERE s_suppkey = l_suppkey AND ps_suppkey = l_suppkey AND ps_partkey = l_partkey AND p_partkey = l_partkey
            AND o_orderkey = l_orderkey AND s_nationkey = n_nationkey AND p_name LIKE $1) AS profit
        GROUP BY nation, o_year ORDER BY nation, o_year DESC`,
      sample: (d) => [`%${d.pick(COLOURS)}%`],
    },
    {
      text: `SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal, n_name, c_address, c_phone,
          c_comment
        FROM customer, orders, lineitem, nation
        WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate >= $1 AND o_orderdate < $2
          AND l_returnflag = 'R' AND c_nationkey = n_nationkey
        GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment ORDER BY revenue DESC LIMIT 20`,
      sample: (d) => {
        const from = d.whole(1, 24);
        return [month(1993, from), month(1993, from + 3)];
      },
    },
    {
      // The fraction is 0.0001 at scale factor 1; it is left at a larger one, so that small sizes give rows.
      text: `SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation
        WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = $1
        GROUP BY ps_partkey HAVING sum(ps_supplycost * ps_availqty) > (
          SELECT sum(ps_supplycost * ps_availqty) * 0.0005 FROM partsupp, supplier, nation
          WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = $1)
        ORDER BY value DESC`,
      sample: (d) => [nation(d)],
    },
  ];
}
