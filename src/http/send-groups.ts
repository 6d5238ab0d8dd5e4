import type { Request, Response } from 'express';
import { renderGroups } from '../diff/render-groups.ts';
import { createSlices } from '../metrics/slices.ts';
import type { Board, BoardEntry } from '../run/board.ts';
import { groupDrift, type DriftGroups } from '../run/drift-groups.ts';
import type { HttpDeps } from './deps.ts';
import { acceptsCheck, acceptsDrift, filtersResources, type DiffQuery } from './diff-query.ts';
import { etagOf, matchesEtag } from './etag.ts';
import { groupsPage } from './page/groups-page.ts';
import { JSON_TYPE, sendBody } from './send-body.ts';
import { contextOf } from './send-check-page.ts';
import { formatOf } from './send-reports.ts';

/** Groups in one answer unless `limit` says otherwise. */
const LIMIT = 1000;

/** `/diff?group=fingerprint`: the same drift on many checks is one line. */
export async function sendGroups(
  request: Request,
  response: Response,
  deps: HttpDeps,
  query: DiffQuery,
): Promise<void> {
  const format = formatOf(request, query.format);
  const now = deps.clock?.() ?? new Date();
  response.vary('Accept');
  const minute = format === 'json' ? '' : String(Math.floor(now.getTime() / 60_000));
  const etag = etagOf(deps.board.version, format, request.url, minute);
  if (format !== 'html' && matchesEtag(request.headers['if-none-match'], etag)) {
    response.status(304).setHeader('ETag', etag).end();
    return;
  }
  const found = await groupsOf(deps.board, query);
  if (format === 'html') {
    const content = groupsPage(contextOf(request, deps, query), found);
    await sendBody(request, response, { type: 'text/html; charset=utf-8', content });
    return;
  }
  const groups = found.largest(query.limit ?? LIMIT);
  const { distinct, shared } = found;
  const isJson = format === 'json';
  const content = isJson
    ? `${JSON.stringify({ generatedAt: now.toISOString(), distinct, shared, groups })}\n`
    : renderGroups(groups, { now, distinct, format: format === 'markdown' ? 'markdown' : 'text' });
  const type = isJson ? JSON_TYPE : `text/${format === 'markdown' ? 'markdown' : 'plain'}; charset=utf-8`;
  await sendBody(request, response, { type, content, etag });
}

/** The groups of a whole board, until anything on it changes: every reader of the page asks for them. */
const wholes = new WeakMap<Board, { readonly version: number; readonly groups: Promise<DriftGroups> }>();

/** Of the checks and resources that the query asks for. */
export function groupsOf(board: Board, query: DiffQuery): Promise<DriftGroups> {
  if (query.filters.size > 0) return grouped(board.entries(), query);
  const { version } = board;
  const known = wholes.get(board);
  if (known?.version === version) return known.groups;
  const groups = grouped(board.entries(), query);
  wholes.set(board, { version, groups });
  return groups;
}

function grouped(entries: readonly BoardEntry[], query: DiffQuery): Promise<DriftGroups> {
  const asked = entries.filter((entry) => acceptsCheck(query, entry));
  const isFiltered = filtersResources(query);
  return groupDrift(asked, {
    pause: createSlices(),
    ...(isFiltered && { accepts: (drift) => acceptsDrift(query, drift) }),
  });
}
