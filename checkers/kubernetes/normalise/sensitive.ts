import type { Change, FieldValue, Json } from '../../../src/checker.ts';
import { parsePointer } from '../../../src/diff/json-pointer.ts';

/** Stands for a sensitive value inside a larger one. */
const MASK = '(sensitive)';

/** The object that a change is about. */
export interface ChangedObject {
  readonly group: string;
  readonly kind: string;
  /** What stands at a path of the live or the declared object; `undefined` when there is nothing. */
  at(side: 'live' | 'desired', tokens: readonly string[]): unknown;
}

/**
 * The change without what must not be seen: values of Secrets, of fields and variables named like credentials, and
 * whatever looks like one. Where one side is sensitive both are, so that neither content nor length is told.
 */
export function maskChange(change: Change, object: ChangedObject): Change {
  const tokens = parsePointer(change.path);
  const sides = ['live', 'desired'] as const;
  const isSecret = object.group === '' && object.kind === 'Secret' && tokens[0] === 'data';
  const isSensitive =
    isSecret ||
    sides.some((side) => {
      const value = change[side];
      return value?.kind === 'known' && isSensitiveAt(value.value, tokens, (path) => object.at(side, path));
    });
  const masked = { ...change };
  for (const side of sides) {
    const value = change[side];
    if (value !== undefined) masked[side] = isSensitive ? { kind: 'sensitive' } : maskValue(value, tokens.at(-1) ?? '');
  }
  return masked;
}

function maskValue(value: FieldValue, name: string): FieldValue {
  if (value.kind !== 'known' || typeof value.value !== 'object') return value;
  return { kind: 'known', value: maskInside(value.value, name) };
}

function maskInside(value: Json, name: string): Json {
  if (typeof value === 'string') return isCredentialName(name) || looksSensitive(value) ? MASK : value;
  if (Array.isArray(value)) {
    return value.map((item: Json, index) => (isSecretFlag(value[index - 1]) ? MASK : maskInside(item, name)));
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, Json>>;
  const variable = typeof fields['name'] === 'string' ? fields['name'] : '';
  return Object.fromEntries(
    Object.entries(fields).map(([key, item]) => {
      if (REFERENCES.has(key)) return [key, item];
      return [key, maskInside(item, key === 'value' && isCredentialName(variable) ? variable : key)];
    }),
  );
}

/** Fields that name a Secret and hold none. */
const REFERENCES: ReadonlySet<string> = new Set([
  'imagePullSecrets',
  'secret',
  'secretKeyRef',
  'secretName',
  'secretRef',
  'serviceAccountToken',
]);

function isSensitiveAt(value: Json, tokens: readonly string[], at: (path: readonly string[]) => unknown): boolean {
  if (typeof value !== 'string') return false;
  if (looksSensitive(value)) return true;
  if (tokens.some((token) => REFERENCES.has(token))) return false;
  const name = tokens.at(-1) ?? '';
  const around = tokens.slice(0, -1);
  if (name === 'value') {
    const variable = (at(around) as { name?: unknown } | undefined)?.name;
    if (typeof variable === 'string' && isCredentialName(variable)) return true;
  }
  if (/^\d+$/.test(name))
    return isSecretFlag(at([...around, String(Number(name) - 1)])) || isCredentialName(around.at(-1) ?? '');
  return isCredentialName(name);
}

const CREDENTIAL_NAME =
  /pass(?:word|wd|phrase|_|$)|^pwd$|secret|token|api[-_.]?key|private[-_.]?key|access[-_.]?key|signing[-_.]?key|encryption[-_.]?key|credential|connection[-_.]?string|(?:^|[-_.])(?:dsn|salt|auth|key|cert\.key)$|(?:^|[-_.])(?:psk|cookie)$|kubeconfig|\.(?:key|pem|p12|pfx|jks|htpasswd|pgpass|netrc)$|dockerconfig/i;

/** Settings about credentials that are none. */
const NO_CREDENTIAL =
  /^automount|expiration|namespace$|secretname$|name$|ttl$|timeout$|_(?:file|path|name|url|ttl)$|tokenpath$/i;

export function isCredentialName(name: string): boolean {
  return CREDENTIAL_NAME.test(name) && !NO_CREDENTIAL.test(name);
}

const SENSITIVE_TEXT: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/, // JSON web token
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\b(?:gh[pousr]|github_pat|glpat|xox[abprs]|sk_live|rk_live|hvs|npm)[-_][\w-]{10,}/,
  /:\/\/[^\s/:@]*:[^\s/@]+@/, // password in a URL
  /(?:client-key-data|client-certificate-data|"auths?")["']?\s*:/, // kubeconfig, docker configuration
  /(?:^|[\s"'{,;&?])[\w.-]*(?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key)["']?\s*[:=]\s*["']?[^\s"'{}[\]]/i,
];

function looksSensitive(text: string): boolean {
  return SENSITIVE_TEXT.some((pattern) => pattern.test(text));
}

/** `--password` whose value is the next argument. */
function isSecretFlag(argument: unknown): boolean {
  return typeof argument === 'string' && /^--?[\w-]+$/.test(argument) && isCredentialName(argument.replace(/^-+/, ''));
}
