import type { Logger } from 'pino';
import type { CheckConfig, WebConfig } from '../config/config.ts';
import type { DiscoveryStatus } from '../discovery/discovery-status.ts';
import type { Pool } from '../fleet/pools.ts';
import type { Worker } from '../fleet/presence.ts';
import type { Board } from '../run/board.ts';
import type { RunResult } from '../run/result.ts';
import type { SourceStatus } from '../source/source.ts';
import type { RunSummary } from '../store/store.ts';
import type { WebConfigKeeper } from '../web-config/keep-web-config.ts';
import type { Access } from './access.ts';

export type MetricsFormat = 'text' | 'openmetrics';

/** What the HTTP side needs of the rest. All of it but the actions and `runs` is in memory. */
export interface HttpDeps {
  readonly board: Board;
  readonly actions: {
    /**
     * Runs a check, or joins its run in flight. `signal`: this caller no longer waits (the run may go on for others).
     * Rejects with CheckError `aborted` when the service shuts down or the check is removed.
     */
    run(
      check: string,
      request: { readonly ref?: string; readonly input?: string; readonly signal: AbortSignal },
    ): Promise<RunResult>;
    reload(): Promise<{ readonly ok: true } | { readonly ok: false; readonly errors: readonly string[] }>;
  };
  runs(check: string, query: { readonly limit: number; readonly before?: string }): Promise<readonly RunSummary[]>;
  readonly metrics: {
    /** The body, in pieces; with `gzip` it is compressed already. */
    render(format: MetricsFormat, encoding?: 'gzip'): Promise<readonly Buffer[]>;
    contentType(format: MetricsFormat): string;
  };
  sources(): readonly SourceStatus[];
  discoveries(): readonly DiscoveryStatus[];
  /** Absent where the service does its runs itself. */
  readonly fleet?: { pools(): readonly Pool[]; workers(): readonly Worker[] };
  /** A check's configuration without secrets. */
  describe(check: CheckConfig): unknown;
  ready(): { readonly ready: boolean; readonly reason?: string };
  readonly web: WebConfig;
  /** TLS, users, headers. Absent: everything is open. */
  readonly webConfig?: WebConfigKeeper;
  readonly log: Logger;
  readonly version: string;
  /** Whether checks are shown; a worker has only its own metrics and health. */
  readonly serves: boolean;
  /** What every reader of the page must know: the store is in memory because its file is corrupt. */
  notes(): readonly string[];
  readonly clock?: () => Date;
}

/** What routes are made with. */
export interface AppDeps extends HttpDeps {
  readonly access: Access;
}
