/**
 * The tables of a small vending-fleet service. The usual faults are left in on purpose: foreign keys and searched columns
 * without an index, the default rollback journal, and no statistics.
 */
export const SCHEMA = `
CREATE TABLE devices (
  id INTEGER PRIMARY KEY,
  serial TEXT NOT NULL,
  model TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  last_seen INTEGER NOT NULL
);
CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  price_cents INTEGER NOT NULL
);
CREATE TABLE planograms (
  id INTEGER PRIMARY KEY,
  device_id INTEGER NOT NULL REFERENCES devices(id),
  title TEXT NOT NULL,
  active INTEGER NOT NULL
);
CREATE TABLE slots (
  id INTEGER PRIMARY KEY,
  planogram_id INTEGER NOT NULL REFERENCES planograms(id),
  position TEXT NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products(id),
  stock INTEGER NOT NULL,
  capacity INTEGER NOT NULL
);
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL
);
CREATE TABLE service_orders (
  id INTEGER PRIMARY KEY,
  device_id INTEGER NOT NULL REFERENCES devices(id),
  driver_id INTEGER NOT NULL REFERENCES users(id),
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  notes TEXT NOT NULL
);
CREATE TABLE sales (
  id INTEGER PRIMARY KEY,
  device_id INTEGER NOT NULL REFERENCES devices(id),
  product_id INTEGER NOT NULL REFERENCES products(id),
  sold_at INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL
);
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id),
  action TEXT NOT NULL,
  entity TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE TABLE logins (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL,
  at INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  address TEXT NOT NULL
);
`;

/** Rows a table at scale 1: 1,003,300 in all. */
export const ROWS = {
  devices: 2_000,
  products: 300,
  planograms: 2_000,
  slots: 60_000,
  users: 1_000,
  service_orders: 60_000,
  sales: 640_000,
  audit_log: 168_000,
  logins: 70_000,
} as const;

/** Start of the generated history, epoch seconds (2026-01-01T00:00:00Z), and its length. */
export const HISTORY_START = 1_767_225_600;
export const HISTORY_SECONDS = 180 * 86_400;
