import type { Request } from 'express';
import type { WebConfig } from '../config/config.ts';
import { HttpError } from './http-error.ts';

/** Throws 403 unless what changes something is switched on and the request is not another site's doing. */
export function guardLifecycle(request: Request, web: WebConfig): void {
  if (!web.enableLifecycle) {
    throw new HttpError(403, 'lifecycle_disabled', 'This is switched off; set web.enable_lifecycle: true to allow it.');
  }
  if (isCrossSite(request, web)) {
    throw new HttpError(403, 'cross_site', 'A request that another site makes in a browser is refused.');
  }
}

/** Browsers name the site that makes them ask; programs send none of these headers. */
function isCrossSite({ headers }: Request, { externalUrl }: WebConfig): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { host, referer } = headers;
  const origin = headers.origin ?? referer;
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const own = externalUrl === undefined ? [host] : [host, new URL(externalUrl).host];
  return !own.includes(new URL(origin).host);
}
