import { validateDetailed } from 'node-cron';
import { z } from 'zod';
import { ACTIONS, CAUSES } from '../drift.ts';
import { COMPATIBLE_METRICS, FINGERPRINT_PARTS, IO_CLASSES, LOG_LEVELS } from './config.ts';
import type * as file from './file.ts';
import { parseDuration } from './duration.ts';
import { DEFAULT_POOL } from './role.ts';
import { isAddressRange } from './address-range.ts';
import { parseSize } from './size.ts';

/** Longest timer of Node.js: 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;

const durationText = (
  description: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
) =>
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, 'expected a duration such as 90s, 15m or 1h30m')
    .transform((text) => parseDuration(text) ?? 0)
    .refine((ms) => ms >= min && ms <= max, `expected a duration from ${min} ms to ${max} ms`)
    .describe(description);

const sizeText = (description: string, min = 1) =>
  z
    .string()
    .refine((text) => parseSize(text) !== undefined, 'expected a size such as 512MiB or 4GiB')
    .transform((text) => parseSize(text) ?? 0)
    .refine((bytes) => bytes >= min, `expected a size of at least ${min} bytes`)
    .describe(description);

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const name = (of: string) =>
  z
    .string()
    .regex(NAME, 'expected letters, digits, ".", "_" and "-", at most 128, beginning with a letter or digit')
    .describe(`Unique name of the ${of}.`);

/** Names that drift-exporter's own metrics use. */
const RESERVED_LABELS = new Set(
  'check checker status action cause phase reason type scope address actor_class rule kind le quantile version revision __name__ job instance'.split(
    ' ',
  ),
);
const labels = z
  .record(
    z
      .string()
      .regex(
        /^[a-zA-Z_][a-zA-Z0-9_]*$/,
        'expected a Prometheus label name: letters, digits and "_", not beginning with a digit',
      )
      .refine(
        (label) => !label.startsWith('__') && !RESERVED_LABELS.has(label),
        'expected another label name: this one is reserved',
      ),
    z.string(),
  )
  .describe('Prometheus labels of the check, on drift_check_info.');

const jitter = z
  .string()
  .regex(/^(\d{1,2}|100)%$/, 'expected a percentage from 0% to 100%')
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .describe('How far each run of an interval may be moved at random, so that checks do not all run at once.');

const interval = durationText('Time between the starts of two runs.', { min: 1000, max: LONGEST_MS });
const timeout = durationText('A run that takes longer is ended with everything it started, and is an error.', {
  min: 100,
  max: LONGEST_MS,
});
const timezone = z
  .string()
  .refine(isTimezone, 'expected an IANA time zone such as Europe/Berlin or UTC')
  .describe('Time zone of cron schedules.');
const fingerprintIgnores = z
  .array(z.enum(FINGERPRINT_PARTS))
  .describe('What does not make one drift another: checks that differ only in it share a fingerprint.');
const confirmations = z
  .int()
  .min(1)
  .max(100)
  .describe('How many runs in a row must see drift before the published status turns drifted.');

const account = (of: string) =>
  z
    .union([z.string().min(1), z.int().min(0)])
    .transform(String)
    .describe(of);

const sandboxSchema: z.ZodType<file.SandboxFile> = z.strictObject({
  user: account(
    "User that the commands of checks run as, by name or number; only when the service runs as root. It can read a check's source and its own directories, not the store and not the files that secrets are read from. Git goes on as the service.",
  ).optional(),
  group: account("Group beside `user`, by name or number; default the user's own.").optional(),
  umask: z
    .string()
    .regex(/^0?[0-7]{3}$/, "expected an octal file mode in quotes such as '0077'")
    .transform((text) => Number.parseInt(text, 8))
    .describe('What nobody else may do with files that commands create.')
    .prefault('0077'),
  max_open_files: z.int().min(16).optional().describe('How many files one process of a command may have open.'),
  max_memory: sizeText(
    'Address space of one process of a command. Terraform and its providers map several GiB that they never touch: leave it out for them, or use the memory limit of a container or unit.',
    2 ** 20,
  ).optional(),
  max_file_size: sizeText('Largest file that a command may write.').optional(),
  max_processes: z
    .int()
    .min(1)
    .optional()
    .describe("How many processes and threads the commands' user may have, over all runs; root has no such limit."),
  nice: z.int().min(0).max(19).optional().describe('How much commands give way to others for the processor.'),
  io_class: z.enum(IO_CLASSES).optional().describe('How commands queue for the disk.'),
});

export const globalSchema: z.ZodType<file.GlobalFile> = z.strictObject({
  interval: interval.prefault('15m'),
  timeout: timeout.prefault('10m'),
  jitter: jitter.prefault('10%'),
  timezone: timezone.default('UTC'),
  concurrency: z.int().min(1).max(1000).default(4).describe('How many runs go on at once, counted by their weight.'),
  confirmations: confirmations.default(1),
  fingerprint_ignores: fingerprintIgnores.default([]),
  labels: labels.default({}),
  resource_series_per_check: z
    .int()
    .min(0)
    .max(100_000)
    .default(500)
    .describe('Cap on per-resource metric series of one check; 0 switches them off.'),
  compatible_metrics: z
    .array(z.enum(COMPATIBLE_METRICS))
    .default([])
    .describe(
      'Metrics under the names that prom-run (promrun; before 2021: kubediff) and terradiff gave them, beside our own.',
    ),
  data_dir: z
    .string()
    .min(1)
    .default('./data')
    .describe('Where caches, git clones and temporary files live; relative to this file.'),
  pass_env: z
    .array(z.string().min(1))
    .default([])
    .describe('Environment variables that commands inherit beside the built-in ones; a trailing * is a prefix.'),
  kill_grace: durationText('Between TERM and KILL, when a run is ended.', { max: 300_000 }).prefault('5s'),
  log_level: z.enum(LOG_LEVELS).default('info'),
  sandbox: sandboxSchema.prefault({} as never).describe('Who the commands of checks run as, and within which limits.'),
});

/** Checked as a whole: a message about the URL alone would quote it, and it may carry a password. */
export const storeSchema: z.ZodType<file.StoreFile> = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'SQLite file; relative to this file. `./data/drift.db` unless one of `path`, `url`, `url_file` is given.',
      ),
    url: z
      .string()
      .min(1)
      .optional()
      .describe('PostgreSQL database, for several machines: `postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full`.'),
    url_file: z
      .string()
      .min(1)
      .optional()
      .describe('File that holds the URL, with its password; relative to this file.'),
    retention: durationText('How long runs that found drift or failed are kept in the history.').prefault('90d'),
    retention_in_sync: durationText('How long runs that found nothing are kept in the history.').prefault('14d'),
  })
  .refine(
    ({ path, url, url_file }) => [path, url, url_file].filter((given) => given !== undefined).length <= 1,
    'expected at most one of path, url and url_file',
  )
  .refine(
    ({ url }) => url === undefined || isPostgresUrl(url),
    'expected url to be postgres://USER@HOST:PORT/DATABASE, with special characters of the password as %XX',
  );

export const webSchema: z.ZodType<file.WebFile> = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):\d{1,5}$/, 'expected [HOST]:PORT such as :9152 or 127.0.0.1:9152')
    .refine((text) => Number(/\d+$/.exec(text)?.[0] ?? 0) <= 65_535, 'expected a port up to 65535')
    .default(':9152'),
  external_url: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .refine((text) => !text.includes('@'), 'expected a URL without credentials: everybody sees it')
    .optional()
    .describe('How the outside reaches the page; for links.'),
  enable_lifecycle: z.boolean().default(false).describe('Allows POST /-/reload and POST /diff/:check.'),
  config_file: z
    .string()
    .min(1)
    .optional()
    .describe("The Prometheus exporter toolkit's web configuration file: TLS and users; relative to this file."),
  allowed_hosts: z
    .array(
      z
        .string()
        .regex(/^(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'expected a host name, or *.example.org, without a port'),
    )
    .default([])
    .describe(
      'Names by which the service may be asked for, beside IP addresses, names without a dot and that of external_url. Without any, all names, but none on a loopback address: a name of somebody else could lead a browser there.',
    ),
  trusted_proxies: z
    .array(z.string().refine(isAddressRange, 'expected an IP address or a range such as 10.0.0.0/8'))
    .default([])
    .describe('Proxies whose X-Forwarded-For is believed, for rate limits and the audit log.'),
  max_body_size: sizeText('Largest body of a request.', 1024).prefault('10MiB'),
  rate_limit: z
    .strictObject({
      requests_per_minute: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(1200)
        .describe('Of one user, or of one address without a user; /metrics and health do not count. 0: no limit.'),
      failed_logins_per_minute: z.int().min(0).max(10_000).default(10).describe('Of one address. 0: no limit.'),
    })
    .prefault({}),
});

export const directorySourceSchema: z.ZodType<file.DirectorySourceFile> = z.strictObject({
  name: name('source'),
  directory: z.string().min(1).describe('A directory; relative to this file.'),
});

export const gitSourceSchema: z.ZodType<file.GitSourceFile> = z.strictObject({
  name: name('source'),
  git: z.strictObject({
    url: z.string().min(1).describe('https://, ssh:// or file:// URL, user@host:path, or a path.'),
    ref: z
      .string()
      .regex(/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/, 'expected a branch, tag or commit')
      .default('HEAD')
      .describe('Branch, tag or full commit; HEAD is the default branch.'),
    allowed_refs: z.array(z.string().min(1)).default([]).describe('Other refs that ?ref= may ask for; globs.'),
    interval: durationText('Time between two fetches.', { min: 1000, max: LONGEST_MS }).prefault('1m'),
    timeout: durationText('Time limit of a fetch.', { min: 100, max: LONGEST_MS }).prefault('5m'),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe('File with an HTTPS token or password; read again at each fetch.'),
    username: z.string().min(1).optional().describe('User name sent with the token; default oauth2.'),
    ssh_key_file: z.string().min(1).optional(),
    ssh_known_hosts_file: z.string().min(1).optional(),
    ca_file: z.string().min(1).optional().describe('Certificate authority of the HTTPS server, PEM.'),
    submodules: z.boolean().default(false),
    depth: z.int().min(0).default(1).describe('How many commits of history are fetched; 0 is all.'),
    max_bytes: sizeText(
      'Largest clone, and largest sum of the files of one commit; a larger one is a failure and is removed.',
      2 ** 20,
    ).prefault('4GiB'),
    max_files: z.int().min(1).default(200_000).describe('How many files a commit may have.'),
  }),
});

export const checkSchema: z.ZodType<file.CheckFile> = z.strictObject({
  name: name('check'),
  checker: z.string().min(1).describe('Which checker runs it.'),
  source: z.string().min(1).optional().describe('Name of the source that holds the desired state.'),
  schedule: z
    .string()
    .refine(isCron, 'expected a cron expression of 5 or 6 fields such as */30 * * * *')
    .optional()
    .describe('Cron expression.'),
  interval: interval.optional(),
  timeout: timeout.optional(),
  jitter: jitter.optional(),
  timezone: timezone.optional(),
  labels: labels.default({}),
  confirmations: confirmations.optional(),
  fingerprint_ignores: fingerprintIgnores.optional(),
  weight: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      'How much of `concurrency` a run takes. A run too heavy for what is free waits, and none passes it; one heavier than all of it runs alone.',
    ),
  pool: z
    .string()
    .regex(NAME, 'expected letters, digits, ".", "_" and "-", at most 128, beginning with a letter or digit')
    .default(DEFAULT_POOL)
    .describe('Which workers of a fleet may run it: those that work this pool.'),
  options: z.record(z.string(), z.unknown()).default({}).describe("The checker's own options."),
});

/** An entry also has the key of its discoverer. */
export const discoverSchema: z.ZodType<file.DiscoverFile> = z.looseObject({
  name: name('discovery'),
  source: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the source to look in; the default source of the checks that are made.'),
  interval: durationText('Time between two looks; a source is looked at also when its commit changes.', {
    min: 1000,
    max: LONGEST_MS,
  }).prefault('5m'),
  timeout: timeout.prefault('2m'),
  limit: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe('Most things that checks are made for; what is over it is left out, and said so.'),
  checks: z
    .array(z.record(z.string(), z.unknown()))
    .min(1)
    .describe(
      'Templates: entries of `checks`, made once for each thing found, with placeholders such as `{{ name }}`.',
    ),
});

const glob = (of: string) => z.string().min(1).describe(`Glob of the ${of}.`);

export const ignoreSchema: z.ZodType<file.IgnoreFile> = z.strictObject({
  name: name('ignore rule'),
  match: z
    .strictObject({
      check: glob("check's name").optional(),
      checker: glob("checker's name").optional(),
      type: glob("resource's type").optional(),
      address: glob("resource's address").optional(),
      scope: glob("resource's scope").optional(),
      path: z
        .string()
        .regex(
          /^(\/([^~]|~[01])*)+$/,
          'expected a JSON Pointer such as /spec/replicas; * stands for one token, ** for any',
        )
        .optional()
        .describe(
          'JSON Pointer of a field and all below it; * stands for one token, ** for any number. Without it, whole resources are ignored.',
        ),
      action: z.enum(ACTIONS).optional(),
      cause: z.enum(CAUSES).optional(),
    })
    .refine(
      (match) => Object.keys(match).length > 0,
      'expected at least one condition: a rule that matches everything hides everything',
    ),
  reason: z.string().min(1).describe('Why this is not worth an alert.'),
  owner: z.string().min(1).describe('Who answers for the rule.'),
  expires: z
    .string()
    .refine(
      (text) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text),
      'expected a date such as 2027-01-31',
    )
    .optional()
    .describe('Last day (UTC) on which the rule applies, or the instant it ends.'),
});

export const redactSchema: z.ZodType<file.RedactFile> = z.strictObject({
  keys: z
    .array(z.string().min(1))
    .default([])
    .describe('Names of keys whose values are secret, beside the built-in ones; case-insensitive globs.'),
  patterns: z
    .array(z.string().min(1).refine(isRegExp, 'expected a regular expression'))
    .default([])
    .describe('Regular expressions of secret text, beside the built-in ones.'),
});

/** The whole file, for its JSON Schema and for the keys of each level. */
export const fileSchema: z.ZodObject = z.strictObject({
  global: globalSchema.prefault({} as never),
  store: storeSchema.prefault({}),
  web: webSchema.prefault({}),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe('Packages whose default export is a checker; found from this file.'),
  sources: z.array(z.union([directorySourceSchema, gitSourceSchema])).default([]),
  checks: z.array(checkSchema).default([]),
  discover: z.array(discoverSchema).default([]),
  ignore: z.array(ignoreSchema).default([]),
  redact: redactSchema.prefault({}),
});

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

function isCron(text: string): boolean {
  try {
    return validateDetailed(text).valid;
  } catch {
    return false;
  }
}

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text, 'g') instanceof RegExp;
  } catch {
    return false;
  }
}
