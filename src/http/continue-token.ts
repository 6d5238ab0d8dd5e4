import { HttpError } from './http-error.ts';

/** After which check, and which of its drifted resources, the next page begins. It holds while results change. */
export interface Position {
  readonly check: string;
  /** Absent: after the whole check. */
  readonly address?: string;
}

/** Opaque to clients. */
export function continueToken({ check, address }: Position): string {
  return Buffer.from(JSON.stringify(address === undefined ? [check] : [check, address])).toString('base64url');
}

export function parseContinueToken(token: string): Position {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parts) && parts.length >= 1 && parts.length <= 2) {
      const [check, address] = parts as unknown[];
      if (typeof check === 'string' && address === undefined) return { check };
      if (typeof check === 'string' && typeof address === 'string') return { check, address };
    }
  } catch {
    // Said below: there is nothing to add to it.
  }
  throw new HttpError(400, 'bad_parameter', 'continue: expected the token of an earlier answer', {
    parameter: 'continue',
  });
}
