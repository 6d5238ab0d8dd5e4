import type { Request } from 'express';
import type { Logger } from 'pino';
import type { WebConfig } from '../config/config.ts';
import type { WebConfigKeeper } from '../web-config/keep-web-config.ts';
import { SCOPES, type Scope } from '../web-config/scopes.ts';
import type { WebSettings, WebUser } from '../web-config/web-settings.ts';
import { auditRefusal } from './audit.ts';
import { setCaller, type Caller } from './caller.ts';
import { clientAddress, networkOf } from './client-address.ts';
import { ownerOf, verifiedCertificate, type ClientCertificate } from './client-certificate.ts';
import { HttpError } from './http-error.ts';
import { createLogins } from './logins.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** `open`: everybody, without a login. `known`: everybody who is logged in. */
export type Needed = Scope | 'open' | 'known';

export interface Access {
  /** Throws 401, 403 or 429 unless who asks may do this, now. */
  admit(request: Request, needed: Needed): Promise<void>;
}

export function createAccess(given: {
  readonly keeper: WebConfigKeeper;
  readonly web: WebConfig;
  readonly log: Logger;
}): Access {
  const { keeper, web, log } = given;
  const { requestsPerMinute, failedLoginsPerMinute } = web.rateLimit;
  const logins = createLogins({ failedPerMinute: failedLoginsPerMinute });
  const requests =
    requestsPerMinute === 0
      ? undefined
      : createTokenBucket({ intervalMs: 60_000 / requestsPerMinute, burst: requestsPerMinute });
  const overall = new WeakMap<WebSettings, TokenBucket>();

  const whoAsks = async (request: Request, settings: WebSettings, network: string): Promise<Caller> => {
    const certificate = verifiedCertificate(request.socket);
    const { authorization } = request.headers;
    if (settings.users.length === 0) return { via: 'nobody', scopes: SCOPES, ...shownName(certificate) };
    if (authorization !== undefined) {
      const login = await logins.login(authorization, settings, network);
      if (login.ok === true) return callerFor(login.user, 'password', certificate);
      const reason = login.ok === 'later' ? 'too many failed logins' : 'wrong user or password';
      auditRefusal(log, request, {
        reason,
        ...(login.ok === false && login.user !== undefined && { user: login.user }),
      });
      throw login.ok === 'later'
        ? tooMany('logins', login.seconds)
        : unauthorized('The user or the password is wrong.');
    }
    const owner = certificate === undefined ? undefined : ownerOf(certificate, settings.users);
    if (owner !== undefined) return callerFor(owner, 'certificate', certificate);
    limit(requests, `address ${network}`);
    if (settings.users.some(({ passwordHash }) => passwordHash !== undefined)) throw unauthorized('A login is needed.');
    auditRefusal(log, request, { reason: 'no certificate of a user', ...shownName(certificate) });
    throw new HttpError(403, 'unknown_certificate', 'A client certificate is needed whose names belong to a user.');
  };

  return {
    admit: async (request, needed) => {
      if (needed === 'open') return;
      const settings = keeper.settings();
      limit(overallOf(overall, settings), '');
      const network = networkOf(clientAddress(request));
      const caller = await whoAsks(request, settings, network);
      setCaller(request, caller);
      if (needed !== 'metrics') {
        limit(requests, caller.user === undefined ? `address ${network}` : `user ${caller.user}`);
      }
      if (needed === 'known' || caller.scopes.includes(needed)) return;
      auditRefusal(log, request, { reason: 'scope', scope: needed });
      const message = `${JSON.stringify(caller.user)} may not do this: it needs the scope ${needed}, and has ${caller.scopes.join(', ')}.`;
      throw new HttpError(403, 'forbidden', message);
    },
  };
}

function callerFor(user: WebUser, via: Caller['via'], certificate: ClientCertificate | undefined): Caller {
  return { user: user.name, via, scopes: user.scopes, ...shownName(certificate) };
}

function shownName(certificate: ClientCertificate | undefined): { readonly certificate?: string } {
  const name = certificate?.commonName ?? certificate?.sans[0];
  return name === undefined ? {} : { certificate: name };
}

function unauthorized(message: string): HttpError {
  return new HttpError(401, 'unauthorized', message, {
    headers: { 'WWW-Authenticate': 'Basic realm="drift-exporter", charset="UTF-8"' },
  });
}

function limit(bucket: TokenBucket | undefined, key: string): void {
  const seconds = bucket?.take(key) ?? 0;
  if (seconds > 0) throw tooMany('requests', seconds);
}

function tooMany(what: string, seconds: number): HttpError {
  const unit = seconds === 1 ? 'second' : 'seconds';
  return new HttpError(429, 'rate_limited', `Too many ${what}; try again in ${seconds} ${unit}.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

/** The limit of the web configuration file, which may be another one tomorrow. */
function overallOf(buckets: WeakMap<WebSettings, TokenBucket>, settings: WebSettings): TokenBucket | undefined {
  if (settings.rateLimit === undefined) return undefined;
  const bucket = buckets.get(settings) ?? createTokenBucket(settings.rateLimit);
  buckets.set(settings, bucket);
  return bucket;
}
