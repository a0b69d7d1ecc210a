/** Reports 12 to 22 by the specification (§2.4). */
import type { Draws } from '../../draws.ts';
import type { EngineId } from '../../types.ts';
import type { Report } from './reports-1-11.ts';
import { COLOURS, CONTAINERS, MODES, NATIONS, TYPE_STARTS } from './words.ts';

const brand = (d: Draws): string => `Brand#${d.whole(1, 5)}${d.whole(1, 5)}`;
/** So many different ones of a list. */
function some<T>(d: Draws, from: readonly T[], count: number): T[] {
  const left = [...from];
  return Array.from({ length: count }, () => left.splice(d.whole(0, left.length - 1), 1)[0]!);
}
/** The first days of a month and of the one `months` later; months count from January 1993. */
function months(from: number, count: number): [string, string] {
  const at = (i: number): string => `${1993 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01`;
  return [at(from), at(from + count)];
}

export function reports(_engine: EngineId): readonly Report[] {
  return [
    {
      text: `SELECT l_shipmode,
          sum(CASE WHEN o_orderpriority = '1-URGENT' OR o_orderpriority = '2-HIGH' THEN 1 ELSE 0 END) AS high_line_count,
          sum(CASE WHEN o_orderpriority <> '1-URGENT' AND o_orderpriority <> '2-HIGH' THEN 1 ELSE 0 END) AS low_line_count
        FROM orders, lineitem
        WHERE o_orderkey = l_orderkey AND l_shipmode IN ($1, $2) AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate
          AND l_receiptdate >= $3 AND l_receiptdate < $4
        GROUP BY l_shipmode ORDER BY l_shipmode`,
      sample: (d) => [...some(d, MODES, 2), ...months(12 * d.whole(0, 4), 12)],
    },
    {
      text: `SELECT c_count, count(*) AS custdist
        FROM (SELECT c_custkey, count(o_orderkey) AS c_count
          FROM customer LEFT JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE $1 GROUP BY c_custkey) AS c_orders
        GROUP BY c_count ORDER BY custdist DESC, c_count DESC`,
      sample: (d) => [`%special%${d.pick(['packages', 'requests', 'accounts', 'deposits'])}%`],
    },
    {
      text: `SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END)
          / sum(l_extendedprice * (1 - l_discount)) AS promo_revenue
        FROM lineitem, part WHERE l_partkey = p_partkey AND l_shipdate >= $1 AND l_shipdate < $2`,
      sample: (d) => months(d.whole(0, 59), 1),
    },
    {
      text: `WITH revenue AS (SELECT l_suppkey AS supplier_no, sum(l_extendedprice * (1 - l_discount)) AS total_revenue
          FROM lineitem WHERE l_shipdate >= $1 AND l_shipdate < $2 GROUP BY l_suppkey)
        SELECT s_suppkey, s_name, s_address, s_phone, total_revenue FROM supplier, revenue
        WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue) ORDER BY s_suppkey`,
      sample: (d) => months(d.whole(0, 57), 3),
    },
    {
      text: `SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part
        WHERE p_partkey = ps_partkey AND p_brand <> $1 AND p_type NOT LIKE $2 AND p_size IN ($3, $4, $5, $6, $7, $8, $9, $10)
          AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Customer%Complaints%')
        GROUP BY p_brand, p_type, p_size ORDER BY supplier_cnt DESC, p_brand, p_type, p_size`,
      sample: (d) => [
        brand(d),
        `${d.pick(TYPE_STARTS)}%`,
        ...some(
          d,
          Array.from({ length: 50 }, (_, i) => i + 1),
          8,
        ),
      ],
    },
    {
      text: `SELECT sum(l_extendedprice) / 7.0 AS avg_yearly FROM lineitem, part
        WHERE p_partkey = l_partkey AND p_brand = $1 AND p_container = $2
          AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem WHERE l_partkey = p_partkey)`,
      sample: (d) => [brand(d), d.pick(CONTAINERS)],
    },
    {
      text: `SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) AS quantity
        FROM customer, orders, lineitem
        WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > $1)
          AND c_custkey = o_custkey AND o_orderkey = l_orderkey
        GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate LIMIT 100`,
      sample: (d) => [d.whole(280, 300)],
    },
    {
      text: `SELECT sum(l_extendedprice * (1 - l_discount)) AS revenue FROM lineitem, part
        WHERE (p_partkey = l_partkey AND p_brand = $1 AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
            AND l_quantity >= $4 AND l_quantity <= $5 AND p_size BETWEEN 1 AND 5
            AND l_shipmode IN ('AIR', 'REG AIR') AND l_shipinstruct = 'DELIVER IN PERSON')
          OR (p_partkey = l_partkey AND p_brand = $2 AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
            AND l_quantity >= $6 AND l_quantity <= $7 AND p_size BETWEEN 1 AND 10
            AND l_shipmode IN ('AIR', 'REG AIR') AND l_shipinstruct = 'DELIVER IN PERSON')
          OR (p_partkey = l_partkey AND p_brand = $3 AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
            AND l_quantity >= $8 AND l_quantity <= $9 AND p_size BETWEEN 1 AND 15
            AND l_shipmode IN ('AIR', 'REG AIR') AND l_shipinstruct = 'DELIVER IN PERSON')`,
      sample: (d) => {
        const [one, two, three] = [d.whole(1, 10), d.whole(10, 20), d.whole(20, 30)];
        return [brand(d), brand(d), brand(d), one, one + 10, two, two + 10, three, three + 10];
      },
    },
    {
      text: `SELECT s_name, s_address FROM supplier, nation
        WHERE s_suppkey IN (SELECT ps_suppkey FROM partsupp
            WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE $1)
              AND ps_availqty > (SELECT 0.5 * sum(l_quantity) FROM lineitem
                WHERE l_partkey = ps_partkey AND l_suppkey = ps_suppkey AND l_shipdate >= $2 AND l_shipdate < $3))
          AND s_nationkey = n_nationkey AND n_name = $4 ORDER BY s_name`,
      sample: (d) => [`${d.pick(COLOURS)}%`, ...months(12 * d.whole(0, 4), 12), d.pick(NATIONS)[0]],
    },
    {
      text: `SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation
        WHERE s_suppkey = l1.l_suppkey AND o_orderkey = l1.l_orderkey AND o_orderstatus = 'F'
          AND l1.l_receiptdate > l1.l_commitdate
          AND EXISTS (SELECT * FROM lineitem l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey)
          AND NOT EXISTS (SELECT * FROM lineitem l3 WHERE l3.l_orderkey = l1.l_orderkey AND l3.l_suppkey <> l1.l_suppkey
            AND l3.l_receiptdate > l3.l_commitdate)
          AND s_nationkey = n_nationkey AND n_name = $1
        GROUP BY s_name ORDER BY numwait DESC, s_name LIMIT 100`,
      sample: (d) => [d.pick(NATIONS)[0]],
    },
    {
      text: `SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal
        FROM (SELECT substr(c_phone, 1, 2) AS cntrycode, c_acctbal FROM customer
          WHERE substr(c_phone, 1, 2) IN ($1, $2, $3, $4, $5, $6, $7)
            AND c_acctbal > (SELECT avg(c_acctbal) FROM customer
              WHERE c_acctbal > 0.00 AND substr(c_phone, 1, 2) IN ($1, $2, $3, $4, $5, $6, $7))
            AND NOT EXISTS (SELECT * FROM orders WHERE o_custkey = c_custkey)) AS custsale
        GROUP BY cntrycode ORDER BY cntrycode`,
      sample: (d) =>
        some(
          d,
          NATIONS.map((_, key) => String(key + 10)),
          7,
        ),
    },
  ];
}
