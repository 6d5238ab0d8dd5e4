/** Where the store's tables are: a schema of its own, in whatever database, whatever the `search_path`. */
export const SCHEMA = 'drift_exporter';

/** What a record is announced on. */
export const CHANNEL = 'drift_exporter_recorded';
