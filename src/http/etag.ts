import { createHash, randomUUID } from 'node:crypto';

/** Versions count from zero in every process. */
const PROCESS = randomUUID();

/** A weak entity tag of everything that an answer depends on. */
export function etagOf(...parts: readonly (string | number)[]): string {
  return `W/"${createHash('sha256')
    .update(JSON.stringify([PROCESS, ...parts]))
    .digest('base64url')
    .slice(0, 22)}"`;
}

/** Whether an If-None-Match header names the tag (compared weakly, RFC 9110 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === opaque);
}
