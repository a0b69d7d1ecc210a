/** The example with SQLite: `examples/vending`, its statements in the proportions of its load. */
import { generate } from '../../../examples/vending/generate.ts';
import { HISTORY_SECONDS, HISTORY_START, ROWS } from '../../../examples/vending/schema.ts';
import { sets } from '../draws.ts';
import type { BenchStatement, Value, WorkloadDefinition } from '../types.ts';

const NOW = HISTORY_START + HISTORY_SECONDS;

/**
 * As the runbook of a vending fleet writes them, on the tables of the example; those on columns that the example does not have
 * (`soft_deleted`, sessions) are left out.
 */
const RUNBOOK = [
  'CREATE INDEX idx_devices_last_communication ON devices(last_seen)',
  'CREATE INDEX idx_users_username ON users(username)',
  'CREATE INDEX idx_service_orders_status ON service_orders(status)',
  'CREATE INDEX idx_service_orders_created_at ON service_orders(created_at)',
  'CREATE INDEX idx_service_orders_driver_id ON service_orders(driver_id)',
  'CREATE INDEX idx_planograms_device_id ON planograms(device_id)',
  'CREATE INDEX idx_planogram_slots_planogram_id ON slots(planogram_id)',
  'CREATE INDEX idx_sales_device_id_date ON sales(device_id, sold_at)',
  'CREATE INDEX idx_audit_log_timestamp ON audit_log(at)',
  'CREATE INDEX idx_audit_log_user_id ON audit_log(user_id)',
];

export const vending: WorkloadDefinition = {
  id: 'vending',
  title: 'vending fleet (examples/vending)',
  engines: ['sqlite'],
  cap: 5,
  async load({ location }, scale) {
    generate(location, scale);
  },
  statements: (_engine, scale) => statements(scale),
  runbook: { sqlite: async () => RUNBOOK },
};

function statements(scale: number): readonly BenchStatement[] {
  const n = (table: keyof typeof ROWS) => Math.max(10, Math.round(ROWS[table] * scale));
  let seed = 100;
  const statement = (
    name: string,
    endpoint: string,
    calls: number,
    text: string,
    make: (whole: (low: number, high: number) => number, i: number) => readonly Value[],
  ): BenchStatement => {
    const kind = /^\w+/.exec(text)![0].toLowerCase() as BenchStatement['kind'];
    const count = kind === 'select' ? 4 : 40;
    return { name, kind, text, calls, endpoint, params: sets(count, seed++, ({ whole }, i) => make(whole, i)) };
  };
  return [
    statement(
      'devices',
      'GET /api/devices',
      400,
      'SELECT id, serial, model, status, last_seen FROM devices WHERE region = $1 ORDER BY id LIMIT 100',
      (_, i) => [['north', 'east', 'south', 'west'][i]!],
    ),
    statement(
      'device-sales',
      'GET /api/devices/:id/sales',
      400,
      'SELECT id, product_id, sold_at, quantity, amount_cents FROM sales WHERE device_id = $1 ORDER BY sold_at DESC LIMIT 50',
      (whole) => [whole(1, n('devices'))],
    ),
    statement(
      'device-orders',
      'GET /api/devices/:id/orders',
      200,
      "SELECT id, driver_id, created_at FROM service_orders WHERE device_id = $1 AND status = 'open'",
      (whole) => [whole(1, n('devices'))],
    ),
    statement(
      'open-orders',
      'GET /api/orders',
      200,
      'SELECT id, device_id, driver_id, created_at, notes FROM service_orders WHERE status = $1 ORDER BY created_at DESC LIMIT 50',
      (_, i) => [['open', 'open', 'assigned', 'cancelled'][i]!],
    ),
    statement(
      'planogram-slots',
      'GET /api/planograms/:id',
      200,
      'SELECT id, position, product_id, stock, capacity FROM slots WHERE planogram_id = $1',
      (whole) => [whole(1, n('planograms'))],
    ),
    statement(
      'slot-product',
      'GET /api/planograms/:id',
      6000,
      'SELECT name, price_cents FROM products WHERE id = $1',
      (whole) => [whole(1, n('products'))],
    ),
    statement(
      'user-activity',
      'GET /api/users/:id/activity',
      200,
      'SELECT action, entity, at FROM audit_log WHERE user_id = $1 ORDER BY at DESC LIMIT 50',
      (whole) => [whole(1, n('users'))],
    ),
    statement(
      'failed-logins',
      'POST /api/logins',
      100,
      'SELECT count(*) AS n FROM logins WHERE username = $1 AND succeeded = 0 AND at > $2',
      (whole) => [`user${whole(1, n('users'))}`, NOW - 900],
    ),
    statement(
      'login',
      'POST /api/logins',
      100,
      'INSERT INTO logins (username, at, succeeded, address) VALUES ($1, $2, 1, $3)',
      (whole) => [`user${whole(1, n('users'))}`, NOW, '127.0.0.1'],
    ),
    statement(
      'sale',
      'POST /api/sales',
      300,
      'INSERT INTO sales (device_id, product_id, sold_at, quantity, amount_cents) VALUES ($1, $2, $3, $4, $5)',
      (whole) => [whole(1, n('devices')), whole(1, n('products')), NOW, 1, 5 * whole(20, 80)],
    ),
  ];
}
