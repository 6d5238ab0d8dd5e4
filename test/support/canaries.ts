/** Distinct secrets that a test plants, and everything a service says or keeps, to look for them in. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, startService, type DiffAnswer, type TestService } from './service.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

const MARK = 'c4n4ry';

export interface Canaries {
  /** A new secret, of letters and digits only. `what` says where it stands. */
  plant(what: string): string;
  /** A new secret whose encodings are not itself: with `%`, `+`, `/`, `"` and a letter beyond ASCII. */
  plantOdd(what: string): string;
  /** A secret of another's making. */
  adopt(what: string, secret: string): string;
  readonly count: number;
  /** Each one that stands in a text in any of its forms, with the first place and what is around it there. */
  leaks(places: ReadonlyMap<string, string>): string[];
}

export function createCanaries(): Canaries {
  const planted = new Map<string, string>();
  const add = (what: string, secret: string): string => {
    planted.set(secret, what);
    return secret;
  };
  const unique = (): string => `${MARK}${planted.size}x${randomBytes(5).toString('hex')}`;
  return {
    plant: (what) => add(what, `${unique()}Zq9`),
    plantOdd: (what) => add(what, `${unique()}%"+/é${randomBytes(3).toString('hex')}`),
    adopt: add,
    get count() {
      return planted.size;
    },
    leaks: (places) => {
      // All of them begin alike: a text without any form of that beginning has none of them.
      const beginnings = formsOf(MARK);
      const suspect = [...places].filter(([, text]) => beginnings.some((form) => text.includes(form)));
      return [...planted].flatMap(([secret, what]) => {
        const forms = formsOf(secret);
        const found = (secret.startsWith(MARK) ? suspect : [...places]).flatMap(([place, text]) => {
          const form = forms.find((one) => text.includes(one));
          return form === undefined ? [] : [`in ${place}: ${around(text, form)}`];
        });
        return found.length === 0 ? [] : [`${what} leaks in ${found.length} places; ${found[0]}`];
      });
    },
  };
}

/** As it is, URL-encoded, JSON-escaped once and twice, hexadecimal, and base64 wherever in a longer text it stood. */
function formsOf(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  const html = [secret.replaceAll('"', '&quot;'), secret.replaceAll('"', '&#34;')];
  const bytes = Buffer.from(secret).toString('latin1'); // as files are read here
  const encoded = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const whole = Math.floor(shifted.length / 3) * 4;
    const inside = shifted.toString('base64').slice(offset === 0 ? 0 : offset + 1, whole);
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const forms = [
    secret,
    encodeURIComponent(secret),
    json,
    JSON.stringify(json).slice(1, -1),
    bytes,
    ...html,
    hex,
    hex.toUpperCase(),
  ];
  return [...new Set([...forms, ...encoded])];
}

function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return `...${text.slice(Math.max(0, at - 160), at + form.length + 40).replaceAll(/\s+/g, ' ')}...`;
}

const FORMATS = ['json', 'text', 'markdown', 'html', 'summary'];

/** Every page, answer and exposition of a service, by its path. */
export async function everyAnswer(service: TestService, checks: readonly string[]): Promise<Map<string, string>> {
  const said = new Map<string, string>();
  const paths = [
    '/',
    '/?sort=check',
    '/metrics',
    '/nonsense',
    '/diff/none',
    '/diff?x=y',
    '/api/v1/checks',
    '/api/v1/sources',
    '/api/v1/discoveries',
    '/api/v1/workers',
    '/workers',
    '/sources',
    '/-/ready',
    '/-/healthy',
    ...FORMATS.flatMap((format) => [`/diff?format=${format}`, `/diff?format=${format}&group=fingerprint`]),
    ...checks.flatMap((check) => [
      `/checks/${check}`,
      `/api/v1/checks/${check}`,
      `/api/v1/checks/${check}/runs`,
      ...FORMATS.map((format) => `/diff/${check}?format=${format}`),
    ]),
  ];
  for (const path of paths) said.set(path, await (await service.get(path)).text());
  const headers = { accept: 'application/openmetrics-text' };
  said.set('/metrics as OpenMetrics', await (await service.get('/metrics', { headers })).text());
  return said;
}

/** What `check` prints in one format, on both its streams. */
async function checkOutput(file: string, output: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = [MAIN, 'check', '--config', file, '--output', output];
  const options = { env: { ...process.env, ...env }, maxBuffer: 1e8 };
  type Ended = { readonly stdout: string; readonly stderr: string };
  const ended = await promisify(execFile)(process.execPath, args, options).catch((error: unknown) => error as Ended);
  return ended.stdout + ended.stderr;
}

/** The raw bytes of every file below a directory, by path, but for what `skip` names. */
export async function everyFile(
  dir: string,
  skip: (path: string) => boolean = () => false,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || skip(path)) continue;
    found.set(path, await readFile(path, 'latin1').catch(() => '')); // one of a run may go meanwhile
  }
  return found;
}

/** Looks at the arguments of all processes, and at the environments of what runs started, until it is stopped. */
function watchProcesses(): { stop(): Map<string, string> } {
  const seen = { cmdline: new Set<string>(), environ: new Set<string>() };
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      for (const file of ['cmdline', 'environ'] as const) {
        const text = readOrNothing(`/proc/${pid}/${file}`);
        if (file === 'cmdline' || text.includes('DRIFT_EXPORTER_RUN=')) seen[file].add(text);
      }
  };
  const timer = setInterval(look, 40);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return new Map([
        ['the arguments of processes', [...seen.cmdline].join('\n')],
        ['the environment of commands', [...seen.environ].join('\n')],
      ]);
    },
  };
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

export interface Investigation {
  readonly dir: string;
  readonly file: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Formats in which `check` is run once more beside the service. */
  readonly outputs?: readonly string[];
  /** More things to do and read while the service runs; each becomes a place. */
  readonly more?: (service: TestService) => Promise<ReadonlyMap<string, string>>;
  readonly seconds?: number;
  /** How many checks there must be: those that are discovered come late. */
  readonly count?: number;
}

/**
 * Runs a configuration in a real service until every check has a result, and gathers all it says and keeps: answers,
 * log, store, temporary files, the arguments of its processes, and what `check` prints. `data_dir` is `DIR/data`.
 */
export async function investigate(
  options: Investigation,
): Promise<{ readonly places: Map<string, string>; readonly checks: DiffAnswer['checks'] }> {
  const { dir, file, env = {} } = options;
  const temporary = join(dir, 'tmp');
  await mkdir(temporary, { recursive: true });
  const processes = watchProcesses();
  const service = await startService(file, { env: { ...env, TMPDIR: temporary } });
  const { checks } = await eventually(async () => {
    const answer = await service.json('/diff');
    const { checks } = answer;
    return checks.length >= (options.count ?? 1) && checks.every(({ status }) => status !== 'unknown') && answer;
  }, options.seconds ?? 60);
  const places = await everyAnswer(
    service,
    checks.map(({ check }) => check),
  );
  const add = (more: ReadonlyMap<string, string>, when = ''): void => {
    for (const [place, text] of more) places.set(`${place}${when}`, text);
  };
  if (options.more !== undefined) add(await options.more(service));
  const ofSources = (path: string): boolean => path.startsWith(join(dir, 'data/sources'));
  const ofRuns = (path: string): boolean => path.startsWith(join(dir, 'data/tmp'));
  add(await everyFile(join(dir, 'data'), (path) => ofSources(path) || ofRuns(path)), ' while it ran');
  await service.end('SIGTERM');
  places.set('the log', JSON.stringify(service.log));
  add(await everyFile(join(dir, 'data'), ofSources), ' after its end');
  add(await everyFile(temporary), ' after its end');
  for (const output of options.outputs ?? ['json'])
    places.set(`check --output ${output}`, await checkOutput(file, output, { ...env, TMPDIR: temporary }));
  add(processes.stop());
  return { places, checks };
}
