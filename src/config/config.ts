/** A configuration after loading: durations in milliseconds, defaults filled in, secrets still in their files. */
export interface Config {
  readonly global: GlobalConfig;
  readonly store: StoreConfig;
  readonly web: WebConfig;
  readonly plugins: readonly string[];
  readonly sources: readonly SourceConfig[];
  readonly checks: readonly CheckConfig[];
  readonly ignore: readonly IgnoreRuleConfig[];
  readonly redact: RedactConfig;
}

export interface GlobalConfig {
  readonly concurrency: number;
  readonly resourceSeriesPerCheck: number;
  /** Where caches, git clones and temporary files live. */
  readonly dataDir: string;
  /** Names of environment variables that commands inherit beside the built-in ones; a trailing `*` is a prefix. */
  readonly passEnv: readonly string[];
  /** Between TERM and KILL. */
  readonly killGraceMs: number;
  readonly retention: { readonly inSyncMs: number; readonly otherMs: number };
  readonly logLevel: LogLevel;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type StoreConfig = { readonly kind: 'sqlite'; readonly path: string } | PostgresStoreConfig;

export interface PostgresStoreConfig {
  readonly kind: 'postgres';
  /** May carry a password: never shown as it is. */
  readonly url: string | { /** Holds the URL. */ readonly file: string };
}

export interface WebConfig {
  /** Host is absent for all interfaces. */
  readonly listen: { readonly host?: string; readonly port: number };
  /** How the outside reaches the page; for links. */
  readonly externalUrl?: string;
  readonly enableLifecycle: boolean;
}

export type SourceConfig = DirectorySourceConfig | GitSourceConfig;

export interface DirectorySourceConfig {
  readonly kind: 'directory';
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
}

export interface GitSourceConfig {
  readonly kind: 'git';
  readonly name: string;
  /** May carry credentials: never shown as it is. */
  readonly url: string;
  /** Branch, tag or full commit. */
  readonly ref: string;
  /** Other refs that `?ref=` may ask for; globs. */
  readonly allowedRefs: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly tokenFile?: string;
  /** User name sent with the token. */
  readonly username?: string;
  readonly sshKeyFile?: string;
  readonly sshKnownHostsFile?: string;
  readonly caFile?: string;
  readonly submodules: boolean;
  /** 0 fetches the whole history. */
  readonly depth: number;
}

export type Schedule =
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string }
  | { readonly kind: 'interval'; readonly intervalMs: number; /** 0 to 1, of the interval. */ readonly jitter: number };

export interface CheckConfig {
  readonly name: string;
  readonly checker: string;
  /** Name of a source; absent when the checker needs none. */
  readonly source?: string;
  readonly schedule: Schedule;
  readonly timeoutMs: number;
  /** Global labels and the check's own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly confirmations: number;
  /** As the checker's own schema gave them. */
  readonly options: unknown;
}

export interface IgnoreRuleConfig {
  readonly name: string;
  readonly match: {
    readonly check?: string;
    readonly checker?: string;
    readonly type?: string;
    readonly address?: string;
    readonly scope?: string;
    readonly path?: string;
    readonly action?: string;
    readonly cause?: string;
  };
  readonly reason: string;
  readonly owner: string;
  /** ISO 8601 instant after which the rule no longer applies. */
  readonly expiresAt?: string;
}

export interface RedactConfig {
  /** Names of keys whose values are secret, beside the built-in ones; case-insensitive globs. */
  readonly keys: readonly string[];
  /** Regular expressions of secret text, beside the built-in ones. */
  readonly patterns: readonly string[];
}
