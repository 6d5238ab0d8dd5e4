import { durationWords, plural } from '../../diff/render-duration.ts';
import { actionCounts, differWords } from '../../diff/render-words.ts';
import type { Notice } from '../../drift.ts';
import type { RunSummary } from '../../store/store.ts';
import type { BoardEntry } from '../../run/board.ts';
import { type CheckReport, reportOf } from '../check-report.ts';
import { acceptsDrift } from '../diff-query.ts';
import { labelChips, statusBadges } from './badges.ts';
import { curlBox } from './curl.ts';
import { DIFF_LEGEND, diffBlock, driftCard } from './drift-card.ts';
import { filterForm } from './filter-form.ts';
import { history } from './history.ts';
import { html, type Child, type Html } from './html.ts';
import { layout } from './layout.ts';
import { frameOf, type PageContext } from './page-context.ts';
import { checkPath, queryString } from './page-url.ts';
import { paged, pager } from './pager.ts';
import { remarks } from './remarks.ts';
import { ago, exact, until } from './time.ts';

const PAGE_SIZE = 25;
const MOST_LISTED = 200;

/** `/checks/:check`: one check, its drift and everything that helps to judge it. `runs`: undefined when unreadable. */
export function checkPage(context: PageContext, entry: BoardEntry, runs: readonly RunSummary[] | undefined): string {
  const { deps, query, now, base, origin } = context;
  const report = reportOf(entry, now);
  const path = checkPath(base, report.check);
  const matching = report.drift.filter((drift) => acceptsDrift(query, drift));
  const page = paged(matching, query.page, PAGE_SIZE);
  const footer = curlBox(
    origin,
    base,
    `/diff/${encodeURIComponent(report.check)}`,
    queryString(query, { sort: undefined }),
  );
  return layout({ ...frameOf(context, report.check), footer }, [
    html`<nav class="crumbs" aria-label="Breadcrumb">
      <a href="${base}/">Checks</a> <span aria-hidden="true">/</span> <span aria-current="page">${report.check}</span>
    </nav>`,
    heading(report, context),
    remarks(report, now),
    html`<section aria-labelledby="history">
      <h2 id="history">History</h2>
      ${history(runs)}
    </section>`,
    driftSection(report, matching.length, [
      report.drift.length > 5 && filterForm({ action: path, query }),
      page.total === 0 && html`<p class="quiet">None of them matches the filters.</p>`,
      page.items.map((drift) => driftCard(drift, now)),
      pager(page, (number) => `${path}${queryString(query, { page: String(number) })}`),
    ]),
    printed(report.notices),
    rest(report, now),
    facts(report, context),
    html`<details>
      <summary>Configuration</summary>
      <pre class="plain" tabindex="0">${JSON.stringify(deps.describe(entry.config), null, 2)}</pre>
    </details>`,
  ]);
}

function heading(report: CheckReport, { deps, base, now, query }: PageContext): Html {
  const { check, drift, resources, driftedSince, activity } = report;
  return html`<div class="headline">
      <div>
        <h1>${check}</h1>
        <p>${statusBadges(report)} ${labelChips(report.labels)}</p>
        <p>
          ${drift.length > 0 && html`${differWords(drift.length, resources)} (${actionCounts(drift)}). `}${driftedSince !== undefined && html`Drifted for ${ago(driftedSince, now, '')}, since ${exact(driftedSince)}.`}
        </p>
      </div>
      ${deps.web.enableLifecycle && html`<form method="post" action="${base}/diff/${encodeURIComponent(check)}"><button class="primary" type="submit" ${activity !== 'idle' && html` disabled`}>${activity === 'idle' ? 'Run now' : 'Running…'}</button></form>`}
    </div>
    ${activity !== 'idle' && watching(checkPath(base, check), query.watch)}`;
}

function watching(path: string, on: boolean): Html {
  return on
    ? html`<p class="banner info" role="status">
        <strong>A run is going on.</strong> This page reloads every few seconds until it has ended.
        <a href="${path}">Stop reloading</a>
      </p>`
    : html`<p class="banner info" role="status">
        <strong>A run is going on.</strong> <a href="${path}?watch=1">Reload until it has ended</a>
      </p>`;
}

function driftSection({ drift, status }: CheckReport, matching: number, content: Child): Html {
  if (drift.length === 0) {
    const words = status === 'in_sync' ? 'Nothing differs.' : 'No drift is known.';
    return html`<section aria-labelledby="drift">
      <h2 id="drift">Drift</h2>
      <p class="quiet">${words}</p>
    </section>`;
  }
  const shown =
    matching === drift.length ? plural(drift.length, 'resource') : `${matching} of ${plural(drift.length, 'resource')}`;
  return html`<section aria-labelledby="drift">
    <h2 id="drift">Drift <span class="sub">${shown}</span></h2>
    ${DIFF_LEGEND}${content}
  </section>`;
}

/** What the check's command said: for a check by exit code it is all there is to read, so it stands open. */
function printed(all: readonly Notice[]): Child {
  const notices = all.filter(({ kind }) => kind === 'output');
  return (
    notices.length > 0 &&
    html`<section aria-labelledby="output">
      <h2 id="output">Output</h2>
      ${notices.slice(0, PAGE_SIZE).map(
        ({ message, address }) =>
          html`${address !== undefined && html`<p><code>${address}</code></p>`}
            <pre class="plain" tabindex="0">${message}</pre>`,
      )}
    </section>`
  );
}

function rest(report: CheckReport, now: Date): Html {
  const { unconfirmed, notCompared, suppressed } = report;
  const notices = report.notices.filter(({ kind }) => kind !== 'output');
  return html`${
    unconfirmed !== undefined &&
    fold(
      'Unconfirmed drift',
      unconfirmed.drift.length,
      unconfirmed.drift.slice(0, PAGE_SIZE).map((drift) => driftCard(drift, now)),
    )
  }${
    notices.length > 0 &&
    fold(
      'Notices',
      notices.length,
      html`<ul>
        ${notices.slice(0, MOST_LISTED).map(
          ({ kind, message, address, changes = [] }) =>
            html`<li>
              <code>${kind}</code>
              ${address !== undefined && html`<b>${address}</b> `}<span class="message">${message}</span
              >${changes.length > 0 && diffBlock(changes)}
            </li>`,
        )}
      </ul>`,
    )
  }${
    notCompared.length > 0 &&
    fold(
      'Not compared',
      notCompared.length,
      html`<ul>
        ${notCompared.slice(0, MOST_LISTED).map(({ address, why }) => html`<li><b>${address}</b>: ${why}</li>`)}
      </ul>`,
    )
  }${
    suppressed.length > 0 &&
    fold(
      'Ignored by a rule',
      suppressed.length,
      html`<ul>
        ${suppressed
          .slice(0, MOST_LISTED)
          .map(({ address, rule }) => html`<li><b>${address}</b> by <code>${rule}</code></li>`)}
      </ul>`,
    )
  }`;
}

function fold(title: string, count: number, content: Child): Html {
  const more = count > MOST_LISTED && html`<p class="quiet">The first ${MOST_LISTED}; all of them are in the JSON.</p>`;
  return html`<details class="section">
    <summary>${title} (${count})</summary>
    ${content}${more}
  </details>`;
}

function facts(report: CheckReport, { now }: PageContext): Html {
  const { startedAt, durationSeconds, lastConclusiveAt, revision, committedAt, exitCode, nextRunAt } = report;
  const rows: readonly (readonly [string, Child])[] = [
    ['Checker', report.checker],
    ['Last run', startedAt === undefined ? 'never' : html`${ago(startedAt, now)}, ${exact(startedAt)}`],
    ['Took', durationSeconds === undefined ? undefined : durationWords(durationSeconds)],
    ['Last without a failure', lastConclusiveAt === undefined ? 'never' : ago(lastConclusiveAt, now)],
    ['Next run', nextRunAt === undefined ? undefined : until(nextRunAt, now)],
    ['Compared', plural(report.resources, 'resource')],
    [
      'Revision',
      revision === undefined
        ? undefined
        : html`<code>${revision.slice(0, 12)}</code
            >${committedAt !== undefined && html`, committed ${ago(committedAt, now)}`}`,
    ],
    ['Exit code of the tool', exitCode],
  ];
  return html`<section aria-labelledby="facts">
    <h2 id="facts">Facts</h2>
    <dl class="facts">
      ${rows
        .filter(([, value]) => value !== undefined)
        .map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
    </dl>
  </section>`;
}
