import picomatch from 'picomatch';
import type { Change, Failure, FieldValue, Json, NotCompared, Notice, ResourceDrift } from '../drift.ts';
import { parsePointer } from '../diff/json-pointer.ts';
import { createKnownSecrets } from './known-secrets.ts';
import { maskText, MASK } from './mask-text.ts';
import { isSecretKey, isSecretPath } from './secret-key.ts';
import { secretValues } from './secret-values.ts';

/** Shown beside MASK where two masked values are not the same. */
const DIFFERS = '(sensitive, differs)';
/** A longer text is cut here; a diff of this size is not read by anybody. */
const LONGEST_TEXT = 64 * 1024;

/** Masks secrets in everything a run says, before it is stored, logged or shown. */
export interface Redactor {
  /** From now on masks this value wherever it turns up, also base64, URL or JSON encoded. */
  secret(value: string): void;
  /** As `secret`, for every text under a secret-looking key. */
  secretsIn(value: unknown): void;
  text(text: string): string;
  /** Any JSON, its keys telling what is secret. */
  json(value: Json): Json;
  drift(drift: ResourceDrift): ResourceDrift;
  failure(failure: Failure): Failure;
  notice(notice: Notice): Notice;
  notCompared(entry: NotCompared): NotCompared;
  /** How many values were masked since it was created. */
  readonly count: number;
}

export interface RedactRules {
  /** Case-insensitive globs of key names. */
  readonly keys: readonly string[];
  /** Regular expressions of secret text. */
  readonly patterns: readonly string[];
}

/** One for each run: the secrets registered in a run are forgotten with it. */
export function createRedactor(rules: RedactRules): Redactor {
  const secrets = createKnownSecrets();
  const patterns = rules.patterns.map((pattern) => new RegExp(pattern, 'g'));
  const keys = rules.keys.length === 0 ? undefined : picomatch([...rules.keys], { nocase: true });
  const extra = { patterns, ...(keys !== undefined && { keys }) };
  let count = 0;

  const text = (raw: string): string => {
    const masked = secrets.mask(maskText(raw, extra));
    if (masked !== raw) count++;
    return masked.length > LONGEST_TEXT
      ? `${masked.slice(0, LONGEST_TEXT)}... (${masked.length - LONGEST_TEXT} characters more)`
      : masked;
  };

  const json = (value: Json, path: readonly string[]): Json => {
    if (typeof value === 'string') return hidden(path, value) ? hide() : text(value);
    if (typeof value === 'number') return /passw|passphrase/i.test(path.at(-1) ?? '') ? hide() : value;
    if (isList(value)) return value.map((item) => json(item, path));
    if (value === null || typeof value !== 'object') return value;
    const pair = isSecretPair(value);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        text(key),
        pair && key === 'value' ? hide() : json(item, [...path, key]),
      ]),
    );
  };
  const hidden = (path: readonly string[], value: string): boolean => value !== '' && isSecretPath(path, keys);
  const hide = (): string => {
    count++;
    return MASK;
  };
  const isSecretPair = (value: { readonly [key: string]: Json }): boolean =>
    typeof value['name'] === 'string' && typeof value['value'] === 'string' && isSecretKey(value['name'], keys);

  const field = (value: FieldValue, path: readonly string[]): FieldValue => {
    if (value.kind !== 'known') return value;
    const masked = json(value.value, path);
    return masked === MASK ? { kind: 'sensitive' } : { kind: 'known', value: masked };
  };

  /** A change of the whole value is named by the address: `output.admin_password`. */
  const change = (raw: Change, address: string): Change => {
    const tokens = parsePointer(raw.path).filter((token) => !/^\d+$/.test(token));
    const path = tokens.length > 0 ? tokens : [/[\w-]+(?=\W*$)/.exec(address.slice(-200))?.[0] ?? ''];
    const live = raw.live && field(raw.live, path);
    const desired = raw.desired && field(raw.desired, path);
    return {
      ...raw,
      path: text(raw.path),
      ...(live && { live }),
      ...(desired && { desired: live === undefined ? desired : tellApart(raw, { live, desired }) }),
    };
  };

  return {
    secret: (value) => {
      secrets.add(value);
    },
    secretsIn: (value) => {
      for (const secret of secretValues(value, keys)) secrets.add(secret);
    },
    text,
    json: (value) => json(value, []),
    drift: (drift) => ({
      ...drift,
      address: text(drift.address),
      type: text(drift.type),
      ...(drift.scope !== undefined && { scope: text(drift.scope) }),
      ...(drift.actor && { actor: { ...drift.actor, name: text(drift.actor.name) } }),
      changes: drift.changes.map((one) => change(one, drift.address)),
    }),
    failure: (failure) => ({
      ...failure,
      message: text(failure.message),
      ...(failure.address !== undefined && { address: text(failure.address) }),
    }),
    notice: (notice) => ({
      ...notice,
      message: text(notice.message),
      ...(notice.address !== undefined && { address: text(notice.address) }),
      ...(notice.changes && { changes: notice.changes.map((one) => change(one, notice.address ?? '')) }),
    }),
    notCompared: (entry) => ({ ...entry, address: text(entry.address), why: text(entry.why) }),
    get count() {
      return count;
    },
  };
}

/** Two different values that look the same once masked: the desired one says so. */
function tellApart(raw: Change, masked: { readonly live: FieldValue; readonly desired: FieldValue }): FieldValue {
  if (masked.live.kind !== 'known' || masked.desired.kind !== 'known') return masked.desired;
  const text = JSON.stringify(masked.desired.value);
  const same = JSON.stringify(masked.live.value) === text;
  if (!same || JSON.stringify(raw.live) === JSON.stringify(raw.desired)) return masked.desired;
  return { kind: 'known', value: JSON.parse(text.replaceAll(MASK, DIFFERS)) as Json };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
