import { plural } from '../../diff/render-duration.ts';
import type { CheckReport } from '../check-report.ts';
import { continueToken, type Position } from '../continue-token.ts';
import type { DiffQuery } from '../diff-query.ts';
import { pageOf, selectReports } from '../select-reports.ts';
import { statusBadges } from './badges.ts';
import { curlBox } from './curl.ts';
import { DIFF_LEGEND, driftCard } from './drift-card.ts';
import { filterForm } from './filter-form.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { frameOf, type PageContext } from './page-context.ts';
import { checkPath, queryString } from './page-url.ts';
import { remarks } from './remarks.ts';

const PAGE_SIZE = 50;

/** `/diff` for a browser: the drift of all checks in one list, and the checks that cannot tell. */
export function diffPage(context: PageContext): string {
  const { deps, query, now, base, origin } = context;
  const entries = deps.board.entries();
  const telling = selectReports(entries, query, now).filter(
    ({ status, drift }) => status !== 'in_sync' || drift.length > 0,
  );
  const { checks, next } = pageOf(telling, {
    limit: query.limit ?? PAGE_SIZE,
    ...(query.after && { after: query.after }),
  });
  const total = telling.reduce((sum, { drift }) => sum + drift.length, 0);
  const path = `${base}/diff`;
  const footer = curlBox(origin, base, '/diff', queryString(query));
  return layout({ ...frameOf(context, 'Drift'), current: 'diff', footer }, [
    html`<div class="headline">
      <h1>${total === 0 ? 'No drift is known' : plural(total, 'resource differs', 'resources differ')}</h1>
    </div>`,
    filterForm({ action: path, query, entries, hidden: { format: 'html' } }),
    total > 0 && DIFF_LEGEND,
    checks.map((report) => section(report, context)),
    checks.length === 0 && html`<p class="empty quiet">Nothing to show.</p>`,
    links(path, query, next),
  ]);
}

function links(path: string, query: DiffQuery, next: Position | undefined): Html | false {
  if (query.after === undefined && next === undefined) return false;
  const limit = query.limit?.toString();
  const href = (token: string | undefined): string =>
    path + queryString(query, { format: 'html', continue: token, limit });
  return html`<nav class="pager" aria-label="Pages of this list">
    ${query.after === undefined ? html`<span>First</span>` : html`<a href="${href(undefined)}">First</a>`}
    ${next === undefined ? html`<span>Next</span>` : html`<a rel="next" href="${href(continueToken(next))}">Next</a>`}
  </nav>`;
}

function section(report: CheckReport, { now, base }: PageContext): Html {
  return html`<section class="group">
    <h2>
      <a href="${checkPath(base, report.check)}">${report.check}</a>
      <span class="sub">${report.checker}</span> ${statusBadges(report)}
    </h2>
    ${remarks(report, now)}${report.drift.map((drift) => driftCard(drift, now))}
  </section>`;
}
