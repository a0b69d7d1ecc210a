import { randomBytes } from 'node:crypto';

/** Every statement of the service, by name: the service sends them, and benches send them in the service's proportions. */
export const STATEMENTS = {
  queueTasks: `SELECT id, name, kind, priority FROM tasks
    WHERE queue = $1 AND enabled AND deleted_at IS NULL ORDER BY priority DESC, id LIMIT 50`,
  kindTasks: 'SELECT count(*) AS n FROM tasks WHERE kind = $1 AND queue = $2 AND deleted_at IS NULL',
  task: 'SELECT id, owner_id, name, kind, queue, priority, payload, enabled FROM tasks WHERE id = $1',
  taskSchedules: 'SELECT id, cron, active, next_run_at FROM schedules WHERE task_id = $1',
  taskExecutions: `SELECT id, status, scheduled_at, duration_ms FROM task_executions
    WHERE task_id = $1 ORDER BY scheduled_at DESC LIMIT 20`,
  executionEvents: 'SELECT level, message, created_at FROM event_logs WHERE execution_id = $1 ORDER BY created_at',
  executionsByStatus: `SELECT id, task_id, worker_id, scheduled_at, error FROM task_executions
    WHERE status = $1 ORDER BY scheduled_at DESC LIMIT 100`,
  dueSchedules: `SELECT id, task_id, next_run_at FROM schedules
    WHERE active AND next_run_at <= $1 ORDER BY next_run_at LIMIT 100`,
  dashboard: `SELECT t.queue, e.status, count(*) AS n, avg(e.duration_ms) AS mean FROM task_executions e
    JOIN tasks t ON t.id = e.task_id WHERE e.scheduled_at >= $1 GROUP BY t.queue, e.status`,
  workerLoad: `SELECT w.id, w.hostname, count(*) AS n FROM workers w
    JOIN task_executions e ON e.worker_id = w.id WHERE w.zone = $1 AND e.status = 'running' GROUP BY w.id, w.hostname`,
  userByEmail: 'SELECT id, name, plan FROM users WHERE lower(email) = lower($1)',
  userTasks: `SELECT id, name, queue, created_at FROM tasks
    WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 50`,
  errorEvents: `SELECT l.id, l.message, l.created_at, e.task_id FROM event_logs l
    JOIN task_executions e ON e.id = l.execution_id
    WHERE l.level = $1 AND l.created_at >= $2 ORDER BY l.created_at DESC LIMIT 100`,
  session: 'SELECT id, user_id, expires_at FROM user_sessions WHERE token_hash = $1',
  touchSession: 'UPDATE user_sessions SET last_seen_at = $2 WHERE id = $1',
  createTask: `INSERT INTO tasks (owner_id, name, kind, queue, priority, payload, enabled, created_at, updated_at)
    VALUES ($1, $2, $3, $4, 5, '{}', true, $5, $5) RETURNING id`,
  deleteTask: 'UPDATE tasks SET deleted_at = $2, updated_at = $2 WHERE id = $1 AND deleted_at IS NULL',
  createExecution: `INSERT INTO task_executions (task_id, schedule_id, worker_id, status, attempt, scheduled_at)
    VALUES ($1, $2, $3, 'queued', 1, $4) RETURNING id`,
  advanceSchedule: `UPDATE schedules SET runs = runs + 1, last_run_at = $2::timestamptz,
    next_run_at = $2::timestamptz + interval '1 hour' WHERE id = $1`,
  finishExecution: `UPDATE task_executions SET status = $2, finished_at = $3, duration_ms = $4 WHERE id = $1`,
  createEvent: 'INSERT INTO event_logs (execution_id, level, message, created_at) VALUES ($1, $2, $3, $4)',
  heartbeat: 'UPDATE workers SET last_heartbeat = $2, running = $3 WHERE id = $1',
} as const;

export type StatementName = keyof typeof STATEMENTS;

/**
 * The statement with a comment that says which route and which request sent it, as sqlcommenter writes it: values URL-encoded in
 * single quotes, keys in order. https://google.github.io/sqlcommenter/spec/
 */
export function commented(text: string, method: string, route: string, traceparent: string): string {
  const pairs = { application: 'scheduler', method, route, traceparent };
  const encoded = (value: string): string => encodeURIComponent(value).replaceAll("'", '%27');
  const comment = Object.entries(pairs).map(([key, value]) => `${key}='${encoded(value)}'`);
  return `${text} /*${comment.join(',')}*/`;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What names the request: as the caller sent it, else a new one. https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceparentOf(sent: string | undefined): string {
  if (sent !== undefined && TRACEPARENT.test(sent)) return sent;
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
