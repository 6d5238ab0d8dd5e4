import { ACTIONS, CAUSES, STATUSES, type ResourceDrift } from '../drift.ts';
import type { BoardEntry } from '../run/board.ts';
import { parseContinueToken, type Position } from './continue-token.ts';
import { matchesGlob } from '../diff/glob.ts';
import { HttpError } from './http-error.ts';

const FORMATS = ['json', 'text', 'html', 'markdown', 'summary'] as const;
export type Format = (typeof FORMATS)[number];
const SORTS = ['severity', 'check', 'since', 'resources'] as const;
export type Sort = (typeof SORTS)[number];

/** Parameters of a query, by name: each may be repeated, and then any of its values will do. */
export interface DiffQuery {
  readonly filters: ReadonlyMap<string, readonly string[]>;
  readonly limit?: number;
  readonly after?: Position;
  readonly format?: Format;
  readonly group?: 'fingerprint';
  readonly ref?: string;
  readonly before?: string;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
  readonly watch: boolean;
}

export const CHECK_FILTERS = ['check', 'checker', 'status'] as const;
export const RESOURCE_FILTERS = ['type', 'address', 'action', 'cause'] as const;
export const FILTERS: readonly string[] = [...CHECK_FILTERS, ...RESOURCE_FILTERS, 'label.*'];

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  action: ACTIONS,
  cause: CAUSES,
  status: STATUSES,
  format: FORMATS,
  group: ['fingerprint'],
  sort: SORTS,
  watch: ['1'],
};
const NUMBERS: Readonly<Record<string, number>> = { limit: 100_000, page: 1_000_000 };
const LONGEST_VALUE = 512;
const MOST_PARAMETERS = 64;

/**
 * Reads the query of a request strictly: an unknown name or a value that cannot be is a 400 that says what can. `allowed`
 * are names; `label.*` stands for every label. A parameter without a value, as forms send them, is as good as absent.
 */
export function parseDiffQuery(params: URLSearchParams, allowed: readonly string[]): DiffQuery {
  const values = new Map<string, string[]>();
  for (const [name, value] of params) {
    check(name, value, allowed);
    if (value !== '') values.set(name, [...(values.get(name) ?? []), value]);
  }
  if (params.size > MOST_PARAMETERS) {
    throw new HttpError(
      400,
      'too_many_parameters',
      `expected at most ${MOST_PARAMETERS} parameters, got ${params.size}`,
    );
  }
  const single = (name: string): string | undefined => onlyValue(name, values.get(name));
  const limit = single('limit');
  const token = single('continue');
  const format = single('format') as Format | undefined;
  const ref = single('ref');
  const before = single('before');
  return {
    filters: new Map([...values].filter(([name]) => isFilter(name))),
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(token !== undefined && { after: parseContinueToken(token) }),
    ...(format !== undefined && { format }),
    ...(single('group') !== undefined && { group: 'fingerprint' as const }),
    ...(ref !== undefined && { ref }),
    ...(before !== undefined && { before: new Date(before).toISOString() }),
    sort: (single('sort') as Sort | undefined) ?? 'severity',
    page: Number(single('page') ?? 1),
    watch: single('watch') !== undefined,
  };
}

/** Whether a check passes the filters that are about checks. */
export function acceptsCheck({ filters }: DiffQuery, { config, state }: BoardEntry): boolean {
  for (const [name, globs] of filters) {
    if (isResourceFilter(name)) continue;
    const value =
      name === 'check'
        ? config.name
        : name === 'checker'
          ? config.checker
          : name === 'status'
            ? state.status
            : labelOf(config.labels, name.slice('label.'.length));
    if (value === undefined || !globs.some((glob) => matchesGlob(glob, value))) return false;
  }
  return true;
}

/** Whether a drifted resource passes the filters that are about resources. */
export function acceptsDrift({ filters }: DiffQuery, drift: ResourceDrift): boolean {
  for (const name of RESOURCE_FILTERS) {
    const globs = filters.get(name);
    if (globs !== undefined && !globs.some((glob) => matchesGlob(glob, drift[name]))) return false;
  }
  return true;
}

export function filtersResources({ filters }: DiffQuery): boolean {
  return RESOURCE_FILTERS.some((name) => filters.has(name));
}

function isFilter(name: string): boolean {
  return FILTERS.includes(name) || name.startsWith('label.');
}

/** Own properties only: a query may ask for `label.constructor`. */
function labelOf(labels: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function isResourceFilter(name: string): boolean {
  return (RESOURCE_FILTERS as readonly string[]).includes(name);
}

function check(name: string, value: string, allowed: readonly string[]): void {
  const known =
    allowed.includes(name) || (name.startsWith('label.') && name !== 'label.' && allowed.includes('label.*'));
  if (!known) {
    throw new HttpError(400, 'unknown_parameter', `${shown(name)}: unknown parameter; ${expected(allowed)}`, {
      parameter: shown(name),
      allowed,
    });
  }
  const choices = CHOICES[name];
  if (value !== '' && choices !== undefined && !choices.includes(value))
    throw bad(name, value, expected(choices), choices);
  if (value.length > LONGEST_VALUE) throw bad(name, value, `expected at most ${LONGEST_VALUE} characters`);
  const largest = NUMBERS[name];
  if (value !== '' && largest !== undefined && !isCount(value, largest)) {
    throw bad(name, value, `expected a whole number from 1 to ${largest}`);
  }
  if (name === 'before' && value !== '' && !isInstant(value)) throw bad(name, value, 'expected an ISO 8601 time');
  if (name === 'ref' && value !== '' && !/^[\w][\w./@+-]*$/.test(value)) {
    throw bad(name, value, 'expected a branch, tag or commit');
  }
}

function expected(allowed: readonly string[]): string {
  if (allowed.length === 0) return 'none is expected here';
  return `expected one of ${allowed.map((name) => (name === 'label.*' ? 'label.NAME' : name)).join(', ')}`;
}

function bad(name: string, value: string, why: string, allowed?: readonly string[]): HttpError {
  const message = `${shown(name)}: ${why}; got ${JSON.stringify(shown(value))}`;
  return new HttpError(400, 'bad_parameter', message, { parameter: shown(name), ...(allowed && { allowed }) });
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isCount(value: string, largest: number): boolean {
  return /^[0-9]{1,7}$/.test(value) && Number(value) >= 1 && Number(value) <= largest;
}

function isInstant(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
}

function onlyValue(name: string, values: readonly string[] | undefined): string | undefined {
  if (values !== undefined && values.length > 1) throw bad(name, values.join(', '), 'expected one value');
  return values?.[0];
}
