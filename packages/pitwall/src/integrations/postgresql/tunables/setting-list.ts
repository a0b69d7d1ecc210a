/**
 * Settings that may be changed: they decide how fast the server is and how much it takes, and a wrong value shows as slowness.
 * Everything else is refused, because a wrong value loses data, ends replication or recovery to a point in time, lets
 * somebody in, or keeps the server from starting.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  // Memory
  'shared_buffers',
  'work_mem',
  'maintenance_work_mem',
  'autovacuum_work_mem',
  'logical_decoding_work_mem',
  'hash_mem_multiplier',
  'temp_buffers',
  'effective_cache_size',
  'huge_pages',
  'wal_buffers',
  // Checkpoints and the log: how much of it there may be, never whether it is written
  'max_wal_size',
  'min_wal_size',
  'checkpoint_timeout',
  'checkpoint_completion_target',
  'wal_compression',
  'wal_writer_delay',
  'bgwriter_delay',
  'bgwriter_lru_maxpages',
  'bgwriter_lru_multiplier',
  // Planner
  'random_page_cost',
  'seq_page_cost',
  'cpu_tuple_cost',
  'cpu_index_tuple_cost',
  'cpu_operator_cost',
  'parallel_setup_cost',
  'parallel_tuple_cost',
  'min_parallel_table_scan_size',
  'min_parallel_index_scan_size',
  'effective_io_concurrency',
  'maintenance_io_concurrency',
  'default_statistics_target',
  'jit',
  'jit_above_cost',
  'join_collapse_limit',
  'from_collapse_limit',
  'plan_cache_mode',
  'enable_partitionwise_join',
  'enable_partitionwise_aggregate',
  // Workers
  'max_worker_processes',
  'max_parallel_workers',
  'max_parallel_workers_per_gather',
  'max_parallel_maintenance_workers',
  'io_method',
  'io_workers',
  'io_combine_limit',
  // Autovacuum: how, and never whether
  'autovacuum_max_workers',
  'autovacuum_naptime',
  'autovacuum_vacuum_threshold',
  'autovacuum_vacuum_max_threshold',
  'autovacuum_vacuum_scale_factor',
  'autovacuum_vacuum_insert_threshold',
  'autovacuum_vacuum_insert_scale_factor',
  'autovacuum_analyze_threshold',
  'autovacuum_analyze_scale_factor',
  'autovacuum_vacuum_cost_delay',
  'autovacuum_vacuum_cost_limit',
  'vacuum_cost_page_miss',
  // Connections
  'max_connections',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'deadlock_timeout',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  // What there is to look at
  'track_io_timing',
  'track_wal_io_timing',
  'track_functions',
  'track_activity_query_size',
  'log_lock_waits',
  'log_temp_files',
  'log_checkpoints',
  'log_autovacuum_min_duration',
  'pg_stat_statements.max',
  'pg_stat_statements.track',
  'pg_stat_statements.track_planning',
]);

const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(fsync|full_page_writes|synchronous_commit|wal_sync_method|data_sync_retry|ignore_checksum_failure|zero_damaged_pages|commit_(delay|siblings)|wal_skip_threshold)$/,
    'it decides whether what was committed survives a crash',
  ],
  [
    /^(wal_level|max_wal_senders|max_replication_slots|max_slot_wal_keep_size|wal_keep_size|wal_sender_timeout|hot_standby.*|synchronous_standby_names|primary_.*|recovery_.*|max_standby_.*|wal_receiver_.*|max_prepared_transactions|vacuum_defer_cleanup_age)$/,
    'replication or recovery may depend on it',
  ],
  [
    /^(archive_.*|restore_command|.*_command|.*_library|.*_libraries|local_preload.*|dynamic_library_path|.*_program.*)$/,
    'the server would run what it names, or archiving depends on it',
  ],
  [
    /^(ssl.*|password_encryption|authentication_timeout|krb_.*|scram_.*|gss_.*|db_user_namespace|row_security|listen_addresses|port|unix_socket.*|hba_file|ident_file|allow_.*|.*_file|.*_directory|.*_directories|bonjour.*|external_pid_file)$/,
    'who gets in, or where the server finds its files, depends on it',
  ],
  [
    /^(log_.*|logging_collector|debug_.*|event_source|syslog.*|cluster_name)$/,
    'logs may hold what nobody else should read, and others read them',
  ],
  [/^(autovacuum|track_counts|enable_.*)$/, 'switched off it does harm to what nobody looks at now'],
];

/** Null when the setting may be changed, else why not: the end of a sentence. */
export function whyNotChanged(name: string): string | null {
  if (ALLOWED.has(name)) return null;
  const reason = REASONS.find(([pattern]) => pattern.test(name))?.[1];
  return `Pitwall does not change this setting${reason === undefined ? ': it is none of those for speed' : `: ${reason}`}`;
}
