import type { Action, Cause } from '../drift.ts';
import type { CompatibleMetrics, FingerprintPart, IoClass, LogLevel } from './config.ts';

/** The file's sections after validation: keys as written, durations in milliseconds, defaults filled in. */
export interface GlobalFile {
  readonly interval: number;
  readonly timeout: number;
  readonly jitter: number;
  readonly timezone: string;
  readonly concurrency: number;
  readonly confirmations: number;
  readonly fingerprint_ignores: readonly FingerprintPart[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resource_series_per_check: number;
  readonly compatible_metrics: readonly CompatibleMetrics[];
  readonly data_dir: string;
  readonly pass_env: readonly string[];
  readonly kill_grace: number;
  readonly log_level: LogLevel;
  readonly sandbox: SandboxFile;
}

export interface SandboxFile {
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  readonly umask: number;
  readonly max_open_files?: number | undefined;
  readonly max_memory?: number | undefined;
  readonly max_file_size?: number | undefined;
  readonly max_processes?: number | undefined;
  readonly nice?: number | undefined;
  readonly io_class?: IoClass | undefined;
}

export interface StoreFile {
  readonly path?: string | undefined;
  readonly url?: string | undefined;
  readonly url_file?: string | undefined;
  readonly retention: number;
  readonly retention_in_sync: number;
}

export interface WebFile {
  readonly listen: string;
  readonly external_url?: string | undefined;
  readonly enable_lifecycle: boolean;
  readonly config_file?: string | undefined;
  readonly allowed_hosts: readonly string[];
  readonly trusted_proxies: readonly string[];
  readonly max_body_size: number;
  readonly rate_limit: { readonly requests_per_minute: number; readonly failed_logins_per_minute: number };
}

export interface DirectorySourceFile {
  readonly name: string;
  readonly directory: string;
}

export interface GitSourceFile {
  readonly name: string;
  readonly git: {
    readonly url: string;
    readonly ref: string;
    readonly allowed_refs: readonly string[];
    readonly interval: number;
    readonly timeout: number;
    readonly token_file?: string | undefined;
    readonly username?: string | undefined;
    readonly ssh_key_file?: string | undefined;
    readonly ssh_known_hosts_file?: string | undefined;
    readonly ca_file?: string | undefined;
    readonly submodules: boolean;
    readonly depth: number;
    readonly max_bytes: number;
    readonly max_files: number;
  };
}

export interface CheckFile {
  readonly name: string;
  readonly checker: string;
  readonly source?: string | undefined;
  readonly schedule?: string | undefined;
  readonly interval?: number | undefined;
  readonly timeout?: number | undefined;
  readonly jitter?: number | undefined;
  readonly timezone?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly confirmations?: number | undefined;
  readonly fingerprint_ignores?: readonly FingerprintPart[] | undefined;
  readonly pool: string;
  readonly weight: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Beside these keys it has that of its discoverer. */
export interface DiscoverFile {
  readonly name: string;
  readonly source?: string | undefined;
  readonly interval: number;
  readonly timeout: number;
  readonly limit: number;
  readonly checks: readonly Readonly<Record<string, unknown>>[];
  readonly [discoverer: string]: unknown;
}

export interface IgnoreFile {
  readonly name: string;
  readonly match: {
    readonly check?: string | undefined;
    readonly checker?: string | undefined;
    readonly type?: string | undefined;
    readonly address?: string | undefined;
    readonly scope?: string | undefined;
    readonly path?: string | undefined;
    readonly action?: Action | undefined;
    readonly cause?: Cause | undefined;
  };
  readonly reason: string;
  readonly owner: string;
  readonly expires?: string | undefined;
}

export interface RedactFile {
  readonly keys: readonly string[];
  readonly patterns: readonly string[];
}
