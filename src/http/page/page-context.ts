import type { Request } from 'express';
import type { DriftGroups } from '../../run/drift-groups.ts';
import type { HttpDeps } from '../deps.ts';
import type { DiffQuery } from '../diff-query.ts';
import type { Frame } from './layout.ts';

/** What every page is made from. */
export interface PageContext {
  readonly deps: HttpDeps;
  readonly query: DiffQuery;
  readonly now: Date;
  /** Of all checks, where the page shows them. */
  readonly groups?: DriftGroups;
  /** Path in front of every link. */
  readonly base: string;
  /** In front of every URL to copy. */
  readonly origin: string;
}

/** The path below which the page is reached from outside: that of `web.external_url`, without a slash at its end. */
export function basePath(externalUrl: string | undefined): string {
  return externalUrl === undefined ? '' : new URL(externalUrl).pathname.replace(/\/+$/, '');
}

/** Where the client reached us, or as configured. */
export function originOf({ headers, protocol }: Request, { web }: HttpDeps): string {
  if (web.externalUrl !== undefined) return web.externalUrl.replace(/\/+$/, '');
  const host = headers.host ?? '';
  return `${protocol}://${/^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host) ? host : `localhost:${web.listen.port}`}`;
}

export function frameOf({ deps, now, base }: PageContext, title: string): Frame {
  return { title, base, now, version: deps.version, notes: deps.notes(), fleet: deps.fleet !== undefined };
}
