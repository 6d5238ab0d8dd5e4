import type { Request, Response } from 'express';
import type { BoardEntry } from '../run/board.ts';
import type { RunSummary } from '../store/store.ts';
import { callerOf } from './caller.ts';
import type { DiffQuery } from './diff-query.ts';
import type { HttpDeps } from './deps.ts';
import { checkPage } from './page/check-page.ts';
import { basePath, originOf, type PageContext } from './page/page-context.ts';
import { sendBody } from './send-body.ts';

const HISTORY_RUNS = 80;
/** A run takes seconds to minutes. */
const WATCH_SECONDS = 3;

/** One check with its history. A history that cannot be read takes nothing else from the page. */
export async function sendCheckPage(
  request: Request,
  response: Response,
  deps: HttpDeps,
  { entry, query }: { readonly entry: BoardEntry; readonly query: DiffQuery },
): Promise<void> {
  const runs = await historyOf(deps, entry.config.name);
  if (query.watch && entry.activity !== 'idle') response.setHeader('Refresh', WATCH_SECONDS);
  await sendHtml(request, response, checkPage(contextOf(request, deps, query), entry, runs));
}

async function historyOf(deps: HttpDeps, check: string): Promise<readonly RunSummary[] | undefined> {
  try {
    return await deps.runs(check, { limit: HISTORY_RUNS });
  } catch (error) {
    deps.log.warn({ check, err: error }, 'history cannot be read');
    return undefined;
  }
}

/** What a page of this request is made from. */
export function contextOf(request: Request, deps: HttpDeps, query: DiffQuery): PageContext {
  const now = deps.clock?.() ?? new Date();
  return {
    deps: forCaller(request, deps),
    query,
    now,
    base: basePath(deps.web.externalUrl),
    origin: originOf(request, deps),
  };
}

/** No button for what the caller may not do. */
function forCaller(request: Request, deps: HttpDeps): HttpDeps {
  const mayRun = callerOf(request)?.scopes.includes('run') ?? true;
  return mayRun ? deps : { ...deps, web: { ...deps.web, enableLifecycle: false } };
}

export async function sendHtml(request: Request, response: Response, content: string): Promise<void> {
  await sendBody(request, response, { type: 'text/html; charset=utf-8', content });
}
