import type { Request } from 'express';
import type { BoardEntry } from '../run/board.ts';
import type { HttpDeps } from './deps.ts';
import { HttpError } from './http-error.ts';
import { pathParameter } from './route.ts';

/** The check that a path names. */
export function entryOf({ board }: HttpDeps, request: Request): BoardEntry {
  const name = pathParameter(request, 'check');
  const entry = board.get(name);
  if (entry === undefined) {
    throw new HttpError(404, 'unknown_check', `There is no check ${JSON.stringify(name.slice(0, 100))}.`);
  }
  return entry;
}
