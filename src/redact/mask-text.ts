import { maskKeyEnds } from './mask-key-ends.ts';
import { isSecretKey } from './secret-key.ts';

/** What stands where a secret stood. It never tells the secret's length. */
export const MASK = '(sensitive)';

interface Shape {
  /** A cheap test that must hold before the expression is tried. */
  readonly hint: RegExp;
  readonly pattern: RegExp;
  readonly replacement: string | ((match: string, ...groups: string[]) => string);
}

const SHAPES: readonly Shape[] = [
  {
    hint: /PRIVATE KEY/,
    pattern: /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END \1PRIVATE KEY( BLOCK)?-----|$)/g,
    replacement: MASK,
  },
  {
    hint: /:\/\//,
    pattern: /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"'<>]*):([^\s/@"'<>]+)@/gi,
    replacement: `$1:${MASK}@`,
  },
  {
    // `https://TOKEN@host`, `https://TOKEN:x-oauth-basic@host`: the token is the user. `https://bob@host` names one.
    hint: /https?:\/\//,
    pattern: /(\bhttps?:\/\/)([^\s/:@"'<>]{16,})(?=(?::[^\s/@"'<>]*)?@)/gi,
    replacement: (match, scheme = '', user = '') =>
      /\d/.test(user) && /[a-z]/i.test(user) ? `${scheme}${MASK}` : match,
  },
  {
    hint: /hooks\.slack\.com/,
    pattern: /(hooks\.slack\.com\/(?:services|workflows)\/)[\w/-]+/g,
    replacement: `$1${MASK}`,
  },
  { hint: /gh[pousr]_|github_pat_/, pattern: /\b(gh[pousr]_\w{20,}|github_pat_\w{20,})/g, replacement: MASK },
  { hint: /gl(pat|ptt|rt|dt|soat)-/, pattern: /\bgl(?:pat|ptt|rt|dt|soat)-[\w-]{16,}/g, replacement: MASK },
  { hint: /xox|xapp/, pattern: /\b(xox[abeoprs]|xapp)-[\w-]{8,}/g, replacement: MASK },
  { hint: /A(KIA|SIA|IDA|ROA|3T)/, pattern: /\bA(?:KIA|SIA|IDA|ROA|3T)[0-9A-Z]{12,}\b/g, replacement: MASK },
  { hint: /AIza/, pattern: /\bAIza[\w-]{30,}/g, replacement: MASK },
  { hint: /ya29\./, pattern: /\bya29\.[\w-]{20,}/g, replacement: MASK },
  { hint: /hv[sbr]\./, pattern: /\bhv[sbr]\.[\w-]{20,}/g, replacement: MASK },
  { hint: /(sk|rk|pk|whsec)_/, pattern: /\b(?:(?:sk|rk)_(?:live|test)|whsec)_\w{10,}/g, replacement: MASK },
  { hint: /sk-/, pattern: /\bsk-[\w-]{20,}/g, replacement: MASK },
  {
    hint: /npm_|pypi-|dop_v1_|SG\./,
    pattern: /\b(?:npm_\w{30,}|pypi-[\w-]{30,}|dop_v1_\w{30,}|SG\.[\w-]{16,}\.[\w-]{16,})/g,
    replacement: MASK,
  },
  { hint: /eyJ/, pattern: /(?<![\w-])eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?/g, replacement: MASK },
  {
    hint: /password\s/,
    pattern: /\b((?:login|user|account)\s+\S{1,200}\s+password\s+)(?!\(sensitive)\S+/g, // netrc
    replacement: `$1${MASK}`,
  },
  {
    hint: /requirepass|masterauth|rootpw|bindpw/,
    pattern: /\b((?:requirepass|masterauth|rootpw|bindpw)\s+)(?!\(sensitive)(?:"[^"\n]*"|\S+)/g,
    replacement: `$1${MASK}`,
  },
  {
    hint: /identified\s+by/i,
    pattern: /\b(identified\s{1,20}by\s{1,20})(?:'[^'\n]*'|"[^"\n]*")/gi,
    replacement: `$1${MASK}`,
  },
  { hint: /AGE-SECRET-KEY/, pattern: /AGE-SECRET-KEY-1[0-9A-Z]+/g, replacement: MASK },
  {
    hint: /\$[0-9a-z]+\$/,
    pattern: /\$(?:1|2[abxy]|5|6|7|y|gy|apr1|argon2(?:i|d|id)|scrypt|pbkdf2[\w-]*)\$[\w./=,+-]+(?:\$[\w./=,+-]+)*/g,
    replacement: MASK,
  },
  {
    hint: /(AccountKey|SharedAccessKey|sig)=/,
    pattern: /\b(AccountKey|SharedAccessKey|SharedAccessSignature|sig)=[^;&\s"']+/g,
    replacement: `$1=${MASK}`,
  },
  { hint: /bearer |basic |token /i, pattern: /\b(bearer|basic|token) +([\w.~+/-]{8,}=*)/gi, replacement: keepWords },
];

/** `Basic authentication` and `token expired` are prose; a credential has digits, capitals inside or padding. */
function keepWords(match: string, scheme = '', value = ''): string {
  return /\d|=$|[a-z][A-Z]/.test(value) ? `${scheme} ${MASK}` : match;
}

const ASSIGNMENT_HINT = /pass|pwd|secret|token|key|credential|authorization|bearer|cookie|psk|connection|config/i;
/** `key = value`, `"key": "value"`, `--key value`, `KEY=value` and `?key=value`. */
const ASSIGNMENT =
  /(?<!\w)([A-Za-z_][\w.-]{0,80})(\\?["']?\s*(?:=>|[=:])\s*|(?<=--[\w.-]{1,81}) +)(\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'()[\]{}<>]+)/g;

/** Masks known shapes of credentials and values assigned to secret-looking keys in any text. */
export function maskText(
  text: string,
  extra: { keys?: (key: string) => boolean; patterns?: readonly RegExp[] } = {},
): string {
  let masked = text;
  for (const { hint, pattern, replacement } of SHAPES) {
    if (hint.test(masked)) masked = masked.replace(pattern, replacement as string);
  }
  masked = maskKeyEnds(masked, MASK);
  for (const pattern of extra.patterns ?? []) masked = masked.replace(pattern, MASK);
  if (extra.keys === undefined && !ASSIGNMENT_HINT.test(masked)) return masked;
  return maskAssignments(masked, extra.keys, DEEPEST);
}

/** How often a value is looked into: `--set auth.password=x`, `message: "cannot log in with password=x"`. */
const DEEPEST = 3;

function maskAssignments(text: string, keys: ((key: string) => boolean) | undefined, depth: number): string {
  return text.replace(ASSIGNMENT, (match: string, key: string, operator: string, value: string) => {
    if (isSecretKey(key, keys)) return isMaskable(key, value) ? `${key}${operator}${MASK}` : match;
    if (depth === 0 || !/[=:]|--/.test(value)) return match;
    return `${key}${operator}${maskAssignments(value, keys, depth - 1)}`;
  });
}

/** Not a mask already, nothing empty, no plain reference or literal that hides nothing. A kubeconfig is no single word. */
function isMaskable(key: string, value: string): boolean {
  const bare = value.replaceAll(/^\\?["']|\\?["']$/g, '');
  if (/^kubeconfig$/i.test(key) && /^(?:[~.]{0,2}\/[\w./~-]*|[a-z]{1,20})$/i.test(bare)) return false;
  return bare !== '' && !bare.startsWith('(sensitive') && !/^(null|none|true|false|undefined|~|\*+)$/i.test(bare);
}
