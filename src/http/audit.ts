import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { callerOf } from './caller.ts';
import { clientAddress, plainAddress } from './client-address.ts';
import { queryOf } from './query-of.ts';

/** What is worth a line: who read drift, who started something, who was refused. Scrapes are not. */
export type Audited = 'drift read' | 'run asked for' | 'reload asked for';

/** Logs it when the answer is out, with the status; what starts something, before it starts, too. */
export function audit(log: Logger, request: Request, response: Response, what: Audited): void {
  const startedAt = performance.now();
  const fields = { audit: true, ...whoOf(request), ...checkOf(request) };
  if (what !== 'drift read') log.info(fields, what);
  response.once('close', () => {
    const durationMs = Math.round(performance.now() - startedAt);
    const { outcome } = response.locals as { readonly outcome?: string };
    const result = { status: response.statusCode, durationMs, ...(outcome !== undefined && { outcome }) };
    const whole = response.writableFinished ? {} : { interrupted: true };
    log.info({ ...fields, ...result, ...whole }, what === 'drift read' ? what : ENDED[what]);
  });
}

const ENDED = { 'run asked for': 'run answered', 'reload asked for': 'reload answered' } as const;

/** What the run found, for the line that is logged at its end. */
export function setOutcome(response: Response, outcome: string): void {
  response.locals['outcome'] = outcome;
}

/** Never what was given as a name: it may be a mistyped password. */
export function auditRefusal(log: Logger, request: Request, fields: Readonly<Record<string, unknown>>): void {
  log.warn({ audit: true, ...whoOf(request), ...fields, method: request.method, ...checkOf(request) }, 'refused');
}

function whoOf(request: Request): Readonly<Record<string, unknown>> {
  const caller = callerOf(request);
  const address = clientAddress(request);
  const peer = plainAddress(request.socket.remoteAddress);
  return {
    ...(caller?.user !== undefined && { user: caller.user }),
    ...(caller !== undefined && { via: caller.via }),
    ...(caller?.certificate !== undefined && { certificate: caller.certificate }),
    address,
    ...(peer !== address && { proxy: peer }),
  };
}

/** The check in the path, or those that the query names; `*` is all. */
function checkOf(request: Request): { readonly check: string | readonly string[] } {
  const { check } = request.params;
  if (typeof check === 'string') return { check };
  const named = queryOf(request)
    .getAll('check')
    .filter((name) => name !== '')
    .slice(0, 20)
    .map((name) => name.slice(0, 128));
  return { check: named.length === 0 ? '*' : named };
}
