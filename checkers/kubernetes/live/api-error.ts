import { CheckError, type FailureReason } from '../../../src/checker.ts';
import type { Incoming } from './send.ts';

/** The API server answered, but not with what was asked for. */
export class ApiError extends CheckError {
  readonly status: number;
  /** Of an expired LIST: where a client that can do with a newer snapshot may go on. */
  readonly continueToken: string | undefined;

  constructor(reason: FailureReason, message: string, details: { status: number; continueToken?: string | undefined }) {
    super(reason, message);
    this.status = details.status;
    this.continueToken = details.continueToken;
  }
}

const REASONS: Readonly<Record<number, FailureReason>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  408: 'timeout',
  410: 'stale',
  413: 'too_large',
  429: 'unreachable',
  504: 'timeout',
};

const MESSAGE_LIMIT = 500;

/** What an answer other than 2xx means. `what` is the request, for the message. */
export function apiError(what: string, { status, body }: Incoming): ApiError {
  const said = statusObject(body);
  const reason = REASONS[status] ?? (status >= 500 ? 'unreachable' : 'bad_output');
  const text = said.message ?? body.subarray(0, 200).toString('utf8').replaceAll(/\s+/g, ' ').trim();
  const message = `${what}: ${status}${text === '' ? '' : `: ${text.slice(0, MESSAGE_LIMIT)}`}`;
  return new ApiError(reason, message, { status, continueToken: said.metadata?.continue });
}

interface StatusObject {
  readonly message?: string;
  readonly metadata?: { readonly continue?: string };
}

function statusObject(body: Buffer): StatusObject {
  try {
    const value = JSON.parse(body.toString('utf8')) as { kind?: unknown } | null;
    return value?.kind === 'Status' ? (value as StatusObject) : {};
  } catch {
    return {}; // a proxy's page
  }
}
