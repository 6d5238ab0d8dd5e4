import { randomBytes } from 'node:crypto';

/** A login at this cost takes seconds. */
const HIGHEST_COST = 16;

/** What is wrong with a password hash, never showing it; undefined when nothing is. */
export function hashProblem(hash: unknown): string | undefined {
  const cost = typeof hash === 'string' ? costOf(hash) : undefined;
  if (cost === undefined) {
    return 'expected a bcrypt hash ($2a$, $2b$ or $2y$) such as `htpasswd -nBC 10 USER` prints; got something else';
  }
  if (cost < 4 || cost > HIGHEST_COST) return `expected a bcrypt cost from 4 to ${HIGHEST_COST}; got ${cost}`;
  return undefined;
}

/** A hash that no password has, as costly to compare with as the costliest of these: unknown users take as long. */
export function decoyHash(hashes: readonly string[]): string {
  const cost = Math.max(4, ...hashes.map((hash) => costOf(hash) ?? 0));
  const digits = randomBytes(53).toString('base64').replaceAll('+', '.').replaceAll('=', '').slice(0, 53);
  return `$2b$${String(cost).padStart(2, '0')}$${digits}`;
}

function costOf(hash: string): number | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1];
  return cost === undefined ? undefined : Number(cost);
}
