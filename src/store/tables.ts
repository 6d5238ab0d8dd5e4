/** What the store's tables hold. Times are ISO 8601 in UTC with milliseconds: they sort as text. JSON is text. */
export interface Tables {
  check_state: CheckStateRow;
  drifted_resource: DriftedResourceRow;
  run: RunRow;
  store_info: StoreInfoRow;
  worker: WorkerRow;
  kysely_migration: { name: string };
}

/** One row a check: its state without the bulk, which `drifted_resource` holds. */
export interface CheckStateRow {
  check_name: string;
  /** Start of the last run. */
  updated_at: string;
  state: string;
  /** Counts the records of the check: who knows an older one must not overwrite. */
  version: number;
}

/** One row a drifted resource, so that a run that changes little writes little. */
export interface DriftedResourceRow {
  check_name: string;
  address: string;
  /** 0; counts on where a checker reports one address more than once. */
  slot: number;
  first_seen_at: string | null;
  /** Of `resource`: unchanged rows are found without reading them. */
  digest: string | null;
  /** Null for one that was seen drifted but not by the last run, which failed. */
  resource: string | null;
}

/** One line of history. */
export interface RunRow {
  check_name: string;
  started_at: string;
  status: string;
  duration_seconds: number;
  exit_code: number | null;
  revision: string | null;
  resources: number;
  drifted: number;
  suppressed: number;
  failed: number;
  failures: string;
  /** UUID; null for runs before there were ids. */
  run_id: string | null;
}

/** One row a worker of a fleet that did not leave. */
export interface WorkerRow {
  id: string;
  host: string;
  /** A JSON list of names. */
  pools: string;
  version: string;
  running: number;
  beats: number;
}

/** `written_by`: the newest version of drift-exporter that opened the store. */
export interface StoreInfoRow {
  name: string;
  value: string;
}
