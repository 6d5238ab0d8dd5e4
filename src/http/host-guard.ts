import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import type { WebConfig } from '../config/config.ts';
import { HttpError } from './http-error.ts';

/**
 * Refuses to be asked for by the name of somebody else, who could lead a browser here by pointing that name at us (DNS
 * rebinding). IP addresses and names without a dot are nobody's domain.
 */
export function hostGuard(web: WebConfig): RequestHandler {
  const own = web.externalUrl === undefined ? [] : [new URL(web.externalUrl).hostname];
  const allowed = [...web.allowedHosts, ...own];
  const guarded = web.allowedHosts.length > 0 || isLoopback(web.listen.host);
  return (request, _response, next) => {
    const { host } = request.headers;
    if (guarded && host !== undefined && !isAllowed(nameIn(host), allowed)) {
      throw new HttpError(
        421,
        'wrong_host',
        'Host: expected an IP address, the host of web.external_url or one of web.allowed_hosts.',
        { parameter: 'Host' },
      );
    }
    next();
  };
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && (host === 'localhost' || host === '::1' || host.startsWith('127.'));
}

/** Without port and trailing dot. */
function nameIn(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  if (isIP(name.replaceAll(/^\[|\]$/g, '')) !== 0 || !name.includes('.')) return true;
  return allowed.some((host) => (host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host));
}
