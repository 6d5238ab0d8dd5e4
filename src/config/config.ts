/** A configuration after loading: durations in milliseconds, defaults filled in, secrets still in their files. */
export interface Config {
  readonly global: GlobalConfig;
  readonly store: StoreConfig;
  readonly web: WebConfig;
  readonly plugins: readonly string[];
  readonly sources: readonly SourceConfig[];
  readonly checks: readonly CheckConfig[];
  readonly discover: readonly DiscoveryConfig[];
  readonly ignore: readonly IgnoreRuleConfig[];
  readonly redact: RedactConfig;
}

export interface GlobalConfig {
  readonly concurrency: number;
  readonly resourceSeriesPerCheck: number;
  /** Default: none. */
  readonly compatibleMetrics?: readonly CompatibleMetrics[];
  /** Where caches, git clones and temporary files live. */
  readonly dataDir: string;
  /** Names of environment variables that commands inherit beside the built-in ones; a trailing `*` is a prefix. */
  readonly passEnv: readonly string[];
  /** Between TERM and KILL. */
  readonly killGraceMs: number;
  readonly retention: { readonly inSyncMs: number; readonly otherMs: number };
  readonly logLevel: LogLevel;
  readonly sandbox: SandboxConfig;
}

/** Who the commands of checks run as, and within which limits. What is absent is as the service itself has it. */
export interface SandboxConfig {
  /** Name or number. */
  readonly user?: string;
  readonly group?: string;
  readonly umask: number;
  readonly maxOpenFiles?: number;
  readonly maxMemoryBytes?: number;
  readonly maxFileBytes?: number;
  readonly maxProcesses?: number;
  readonly nice?: number;
  readonly ioClass?: IoClass;
}

export const IO_CLASSES = ['best-effort', 'idle'] as const;
export type IoClass = (typeof IO_CLASSES)[number];

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
  /** The exporter-toolkit's file: TLS, users, headers. Absolute. */
  readonly configFile?: string;
  /** Names by which a browser may reach us; `*.` in front stands for any subdomain. Empty: any, unless on loopback. */
  readonly allowedHosts: readonly string[];
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly maxBodyBytes: number;
  /** 0 switches a limit off. */
  readonly rateLimit: { readonly requestsPerMinute: number; readonly failedLoginsPerMinute: number };
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
  /** Of the clone, and of the files of one commit. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export type Schedule =
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string }
  | { readonly kind: 'interval'; readonly intervalMs: number; /** 0 to 1, of the interval. */ readonly jitter: number };

export const COMPATIBLE_METRICS = ['promrun', 'kubediff', 'terradiff'] as const;
/** Tools under whose names metrics are exported too. */
export type CompatibleMetrics = (typeof COMPATIBLE_METRICS)[number];

export const FINGERPRINT_PARTS = ['address', 'scope', 'values', 'cause'] as const;
/** What of a drift its fingerprint may leave out. */
export type FingerprintPart = (typeof FINGERPRINT_PARTS)[number];

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
  /** What does not make its drift another one than that of other checks. Default: nothing. */
  readonly fingerprintIgnores?: readonly FingerprintPart[];
  /** How much of `concurrency` a run takes. */
  readonly weight: number;
  /** Which workers of a fleet may run it. */
  readonly pool: string;
  /** As the checker's own schema gave them. */
  readonly options: unknown;
}

/** Where things are looked for that checks are made for. */
export interface DiscoveryConfig {
  readonly name: string;
  /** Name of the discoverer. */
  readonly discoverer: string;
  readonly source?: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Most items that checks are made for. */
  readonly limit: number;
  /** As the discoverer's own schema gave them. */
  readonly options: unknown;
  /** Entries of `checks` as written, with placeholders. */
  readonly templates: readonly Readonly<Record<string, unknown>>[];
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
