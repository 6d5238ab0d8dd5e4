import { text, type Request, type Response } from 'express';
import { isCheckError } from '../checker.ts';
import type { RunResult } from '../run/result.ts';
import { setOutcome } from './audit.ts';
import { adHocReport, reportOf } from './check-report.ts';
import type { HttpDeps } from './deps.ts';
import { entryOf } from './entry-of.ts';
import { parseDiffQuery } from './diff-query.ts';
import { HttpError } from './http-error.ts';
import { guardLifecycle } from './lifecycle-guard.ts';
import { basePath, originOf } from './page/page-context.ts';
import { checkPath } from './page/page-url.ts';
import { queryOf } from './query-of.ts';
import { formatOf, sendReports } from './send-reports.ts';

const FORM = 'application/x-www-form-urlencoded';
const INPUT_TYPES = [
  'application/yaml',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
  'text/plain',
  'application/json',
];
/** How long a browser waits before it is shown the page of a run that goes on. */
const BROWSER_WAIT_MS = 1500;

/**
 * `POST /diff/:check`: runs the check (or joins its run) and answers with the fresh diff. A body of manifests is compared
 * instead of the source. A browser's form gets the check's page, which can watch the run, instead of a long wait.
 */
export async function runRoute(request: Request, response: Response, deps: HttpDeps): Promise<void> {
  guardLifecycle(request, deps.web);
  const entry = entryOf(deps, request);
  const { name } = entry.config;
  const query = parseDiffQuery(queryOf(request), ['ref', 'format']);
  const format = formatOf(request, query.format);
  const input = await readInput(request, response, deps.web.maxBodyBytes);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  request.socket.setTimeout(0);
  const run = deps.actions.run(name, {
    ...(query.ref !== undefined && { ref: query.ref }),
    ...(input !== undefined && { input }),
    signal: gone.signal,
  });
  if (format === 'html') {
    await settledOrLate(run);
    response.redirect(303, `${checkPath(basePath(deps.web.externalUrl), name)}?watch=1`);
    return;
  }
  const result = await answered(run);
  setOutcome(response, result.status);
  if (response.destroyed) return;
  const now = deps.clock?.() ?? new Date();
  const adHoc = query.ref !== undefined || input !== undefined;
  const fresh = deps.board.get(name) ?? entry;
  const report = adHoc ? adHocReport(fresh, result) : reportOf(fresh, now);
  await sendReports(request, response, {
    page: { checks: [report] },
    format,
    now,
    pageUrl: `${originOf(request, deps)}/`,
  });
}

async function readInput(request: Request, response: Response, limit: number): Promise<string | undefined> {
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return undefined;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== FORM && !INPUT_TYPES.includes(type)) {
    const message = `Content-Type: expected one of ${INPUT_TYPES.join(', ')}`;
    throw new HttpError(415, 'unsupported_media_type', message, { parameter: 'Content-Type', allowed: INPUT_TYPES });
  }
  await new Promise<void>((resolve, reject) => {
    text({ limit, type: [...INPUT_TYPES, FORM] })(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  const body: unknown = request.body;
  return type === FORM || typeof body !== 'string' || body === '' ? undefined : body;
}

async function answered(run: Promise<RunResult>): Promise<RunResult> {
  try {
    return await run;
  } catch (error) {
    if (!isCheckError(error)) throw error;
    const why =
      error.reason === 'aborted' ? 'The run was given up: the service stops, or the check was removed.' : error.message;
    throw new HttpError(503, 'not_run', why, {
      headers: { 'Retry-After': '10' },
    });
  }
}

async function settledOrLate(run: Promise<RunResult>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, BROWSER_WAIT_MS);
  });
  const settled = run.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([settled, late]);
  clearTimeout(timer);
}
