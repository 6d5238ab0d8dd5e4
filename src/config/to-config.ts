import { resolve } from 'node:path';
import type {
  CheckConfig,
  Config,
  DiscoveryConfig,
  IgnoreRuleConfig,
  SandboxConfig,
  Schedule,
  SourceConfig,
  StoreConfig,
  WebConfig,
} from './config.ts';
import type {
  CheckFile,
  DiscoverFile,
  DirectorySourceFile,
  GitSourceFile,
  GlobalFile,
  IgnoreFile,
  RedactFile,
  SandboxFile,
  StoreFile,
  WebFile,
} from './file.ts';

/** The sections of a file, each valid by itself. */
export interface Sections {
  readonly global: GlobalFile;
  readonly store: StoreFile;
  readonly web: WebFile;
  readonly redact: RedactFile;
  readonly plugins: readonly string[];
  readonly sources: readonly (DirectorySourceFile | GitSourceFile)[];
  readonly checks: readonly { readonly value: CheckFile; readonly index: number }[];
  readonly discover: readonly { readonly value: DiscoverFile; readonly index: number }[];
  readonly ignore: readonly IgnoreFile[];
}

/** A check's schedule, filled up from the global section. */
export function toSchedule(check: CheckFile, global: GlobalFile): Schedule {
  if (check.schedule !== undefined) {
    return { kind: 'cron', expression: check.schedule, timezone: check.timezone ?? global.timezone };
  }
  return { kind: 'interval', intervalMs: check.interval ?? global.interval, jitter: check.jitter ?? global.jitter };
}

/** A source with absolute paths. */
export function toSource(source: DirectorySourceFile | GitSourceFile, from: string): SourceConfig {
  if ('directory' in source)
    return { kind: 'directory', name: source.name, directory: resolve(from, source.directory) };
  const { git } = source;
  return {
    kind: 'git',
    name: source.name,
    url: git.url,
    ref: git.ref,
    allowedRefs: git.allowed_refs,
    intervalMs: git.interval,
    timeoutMs: git.timeout,
    ...(git.token_file !== undefined && { tokenFile: resolve(from, git.token_file) }),
    ...(git.username !== undefined && { username: git.username }),
    ...(git.ssh_key_file !== undefined && { sshKeyFile: resolve(from, git.ssh_key_file) }),
    ...(git.ssh_known_hosts_file !== undefined && { sshKnownHostsFile: resolve(from, git.ssh_known_hosts_file) }),
    ...(git.ca_file !== undefined && { caFile: resolve(from, git.ca_file) }),
    submodules: git.submodules,
    depth: git.depth,
    maxBytes: git.max_bytes,
    maxFiles: git.max_files,
  };
}

export function toConfig(given: {
  read: Sections;
  sources: readonly SourceConfig[];
  checks: readonly CheckConfig[];
  discover: readonly DiscoveryConfig[];
  from: string;
}): Config {
  const { read, sources, checks, discover, from } = given;
  const { global, store } = read;
  return {
    global: {
      concurrency: global.concurrency,
      resourceSeriesPerCheck: global.resource_series_per_check,
      ...(global.compatible_metrics.length > 0 && { compatibleMetrics: global.compatible_metrics }),
      dataDir: resolve(from, global.data_dir),
      passEnv: global.pass_env,
      killGraceMs: global.kill_grace,
      retention: { inSyncMs: store.retention_in_sync, otherMs: store.retention },
      logLevel: global.log_level,
      sandbox: toSandbox(global.sandbox),
    },
    store: toStore(store, from),
    web: toWeb(read.web, from),
    plugins: read.plugins,
    sources,
    checks,
    discover,
    ignore: read.ignore.map(toIgnoreRule),
    redact: read.redact,
  };
}

function toSandbox(sandbox: SandboxFile): SandboxConfig {
  const { user, group, umask, nice } = sandbox;
  return {
    umask,
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(nice !== undefined && { nice }),
    ...(sandbox.io_class !== undefined && { ioClass: sandbox.io_class }),
    ...(sandbox.max_open_files !== undefined && { maxOpenFiles: sandbox.max_open_files }),
    ...(sandbox.max_memory !== undefined && { maxMemoryBytes: sandbox.max_memory }),
    ...(sandbox.max_file_size !== undefined && { maxFileBytes: sandbox.max_file_size }),
    ...(sandbox.max_processes !== undefined && { maxProcesses: sandbox.max_processes }),
  };
}

function toStore({ path, url, url_file }: StoreFile, from: string): StoreConfig {
  if (url !== undefined) return { kind: 'postgres', url };
  if (url_file !== undefined) return { kind: 'postgres', url: { file: resolve(from, url_file) } };
  return { kind: 'sqlite', path: resolve(from, path ?? './data/drift.db') };
}

function toWeb(web: WebFile, from: string): WebConfig {
  const { listen, external_url, config_file, rate_limit } = web;
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replaceAll(/^\[|\]$/g, '');
  return {
    listen: { ...(host !== '' && { host }), port: Number(listen.slice(colon + 1)) },
    ...(external_url !== undefined && { externalUrl: external_url }),
    enableLifecycle: web.enable_lifecycle,
    ...(config_file !== undefined && { configFile: resolve(from, config_file) }),
    allowedHosts: web.allowed_hosts.map((host) => host.toLowerCase()),
    trustedProxies: web.trusted_proxies,
    maxBodyBytes: web.max_body_size,
    rateLimit: {
      requestsPerMinute: rate_limit.requests_per_minute,
      failedLoginsPerMinute: rate_limit.failed_logins_per_minute,
    },
  };
}

function toIgnoreRule({ name, match, reason, owner, expires }: IgnoreFile): IgnoreRuleConfig {
  const conditions = Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined));
  return { name, match: conditions, reason, owner, ...(expires !== undefined && { expiresAt: expiryOf(expires) }) };
}

/** A date counts to its end. */
function expiryOf(text: string): string {
  return new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text).toISOString();
}
