import type { IncomingMessage } from 'node:http';
import type { Scope } from '../web-config/scopes.ts';

/** Who makes a request. */
export interface Caller {
  /** Absent when nobody has to log in. */
  readonly user?: string;
  readonly via: 'nobody' | 'password' | 'certificate';
  /** A name in the verified certificate that came with the connection, whatever it was used for. */
  readonly certificate?: string;
  readonly scopes: readonly Scope[];
}

const callers = new WeakMap<IncomingMessage, Caller>();

export function setCaller(request: IncomingMessage, caller: Caller): void {
  callers.set(request, caller);
}

/** Undefined until the request was let in, and where everybody is. */
export function callerOf(request: IncomingMessage): Caller | undefined {
  return callers.get(request);
}
