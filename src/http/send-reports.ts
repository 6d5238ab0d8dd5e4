import type { Request, Response } from 'express';
import { renderMarkdown } from '../diff/render-markdown.ts';
import { renderSummary } from '../diff/render-summary.ts';
import { renderText } from '../diff/render-text.ts';
import { bestAccepted } from './accept.ts';
import type { CheckReport } from './check-report.ts';
import { continueToken } from './continue-token.ts';
import type { Format } from './diff-query.ts';
import { HttpError } from './http-error.ts';
import type { ReportPage } from './select-reports.ts';
import { JSON_TYPE, sendBody } from './send-body.ts';

/** Formats by media type, best first; `summary` is only to be had by name. */
const TYPES: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'text/html': 'html',
  'text/plain': 'text',
  'text/markdown': 'markdown',
};

/** The format that `?format=` names, or that the Accept header likes best. */
export function formatOf(request: Request, named: Format | undefined): Format {
  if (named !== undefined) return named;
  const offered = Object.keys(TYPES);
  const type = bestAccepted(request.headers.accept, offered);
  if (type === undefined) {
    const message = `Accept: none of these types is to be had; expected one of ${offered.join(', ')}`;
    throw new HttpError(406, 'not_acceptable', message, { allowed: offered });
  }
  return TYPES[type] ?? 'json';
}

export interface ReportAnswer {
  readonly page: ReportPage;
  readonly format: Exclude<Format, 'html'>;
  readonly now: Date;
  readonly pageUrl: string;
  readonly etag?: string;
}

/** Sends reports as data; `html` is a page's business. */
export async function sendReports(request: Request, response: Response, answer: ReportAnswer): Promise<void> {
  const { format, etag } = answer;
  response.vary('Accept');
  const type = format === 'json' ? JSON_TYPE : `text/${format === 'markdown' ? 'markdown' : 'plain'}; charset=utf-8`;
  await sendBody(request, response, { type, content: render(answer), ...(etag !== undefined && { etag }) });
}

function render({ page, format, now, pageUrl }: ReportAnswer): string {
  const { checks, next } = page;
  const more = next === undefined ? '' : `\nMore: &continue=${continueToken(next)}\n`;
  switch (format) {
    case 'json': {
      return `${JSON.stringify({ generatedAt: now.toISOString(), checks, ...(next && { continue: continueToken(next) }) })}\n`;
    }
    case 'text': {
      return renderText(checks, { now }) + more;
    }
    case 'markdown': {
      return renderMarkdown(checks, { now }) + more;
    }
    case 'summary': {
      return renderSummary(checks, { now, pageUrl });
    }
  }
}

/** What an answer of this format depends on beside the reports' version: their staleness, and the minute where it is told. */
export function freshness(reports: readonly CheckReport[], format: Format, now: Date): string {
  const stale = reports.filter((report) => report.stale === true).map(({ check }) => check);
  return JSON.stringify([stale, format === 'json' ? 0 : Math.floor(now.getTime() / 60_000)]);
}
