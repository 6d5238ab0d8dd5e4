/** What stands where a secret stood: it tells neither the value nor its length. */
export const MASK = '(sensitive)';
/** Beside MASK, where the two sides hide different values. */
export const MASK_DIFFERS = '(sensitive, differs)';

/** Files whose whole content is secret. */
const SENSITIVE_FILE =
  /(^|\/)(g?shadow-?|id_(rsa|dsa|ecdsa|ed25519)|ssh_host_\w+_key|\.netrc|\.pgpass|\.htpasswd|\.vault[-_]?pass(word)?|[^/]*\.(key|p12|pfx|jks|keystore|keytab|kdbx))$/i;

export function isSensitiveFile(file: string): boolean {
  return SENSITIVE_FILE.test(file);
}

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/;
const PEM_END = /-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/;
const PEM_PUBLIC = /-----BEGIN (?![A-Z0-9 ]*PRIVATE)[A-Z0-9 ]+-----/;
const PEM_ANY_END = /-----END [A-Z0-9 ]+-----/;
/** The inside of an armoured block whose beginning is not in view. */
const ARMOURED = /^\s*[A-Za-z0-9+/]{40,}={0,2}\s*$/;

/**
 * Masks secrets line by line and keeps the lines' number and ends, so that a diff of the originals can be shown with
 * the masked ones: private keys (also when only their middle is in view), password hashes, values assigned to
 * secret-looking names, passwords in URLs, credentials in headers.
 */
export function maskLines(lines: readonly string[]): string[] {
  let inside: 'private' | 'public' | undefined;
  return lines.map((line) => {
    if (PEM_BEGIN.test(line)) {
      inside = PEM_END.test(line) ? undefined : 'private';
      return line.replace(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*$/s, MASK + endOf(line));
    }
    if (PEM_PUBLIC.test(line)) inside = 'public';
    const within = inside;
    if (PEM_ANY_END.test(line)) inside = undefined;
    if (within === 'private') return hide(line);
    return within === 'public' ? line : maskLine(line);
  });
}

/** As maskLines, for a whole text. */
export function maskSensitiveText(text: string): string {
  return maskLines(text.split('\n')).join('\n');
}

function hide(line: string): string {
  return line.trim() === '' ? line : MASK + endOf(line);
}

function endOf(line: string): string {
  return /\r?\n?$/.exec(line)?.[0] ?? '';
}

/** crypt(3) hashes, as in shadow files and htpasswd. */
const HASH = /\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2(?:i|d|id)|scrypt|pbkdf2[\w-]*)\$[^\s:'",;]+/g;
/** Names have a longest length here, so that the time does not grow with the square of a line's. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"'<>]*):([^\s/@"'<>]+)@/gi;
const HEADER = /\b((?:proxy-)?authorization\s*[:=]\s*["']?(?:bearer|basic|token)?)\s+[^\s"']+/gi;
const SECRET_NAME =
  'pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|encryption[_-]?key|auth[_-]?key|credential|psk|bindpw|rootpw|requirepass|masterauth';
/** `db_password = x`, `"apiToken": "x"`, `--password x`, `requirepass x`, `identified by 'x'`. */
const ASSIGNED = new RegExp(
  `((?:${SECRET_NAME})s?\\d*["']?\\s*(?:=>|[=:])\\s*|--[\\w-]{0,80}(?:${SECRET_NAME})\\s+|^[ \\t]*(?:requirepass|masterauth|rootpw|bindpw|secret|password)\\s+|identified\\s+by\\s+)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,;]+)`,
  'gim',
);
const HARMLESS = /^["']?(?:true|false|yes|no|on|off|null|none|~|\*+|x|!+|\(sensitive.*|)["']?$/i;

function maskLine(line: string): string {
  if (ARMOURED.test(line)) return hide(line);
  return line
    .replace(HASH, MASK)
    .replace(URL_PASSWORD, `$1:${MASK}@`)
    .replace(HEADER, `$1 ${MASK}`)
    .replace(ASSIGNED, (match: string, name: string, value: string) =>
      HARMLESS.test(value) ? match : `${name}${MASK}`,
    );
}
