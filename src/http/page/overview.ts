import { plural } from '../../diff/render-duration.ts';
import { whyText } from '../../diff/render-text.ts';
import { actionCounts, STATUS_WORDS } from '../../diff/render-words.ts';
import type { Status } from '../../drift.ts';
import { type CheckReport, reportOf } from '../check-report.ts';
import type { Sort } from '../diff-query.ts';
import { selectReports } from '../select-reports.ts';
import { labelChips, statusBadges } from './badges.ts';
import { curlBox } from './curl.ts';
import { filterForm } from './filter-form.ts';
import { sharedDrift } from './groups-page.ts';
import { html, type Html } from './html.ts';
import { statusIcon } from './icons.ts';
import { layout } from './layout.ts';
import { frameOf, type PageContext } from './page-context.ts';
import { checkPath, queryString } from './page-url.ts';
import { paged, pager } from './pager.ts';
import { ago, until } from './time.ts';

const PAGE_SIZE = 50;

/** `/`: the state of everything in a sentence, then the checks, worst first. */
export function overviewPage(context: PageContext): string {
  const { deps, query, now, base, origin } = context;
  const entries = deps.board.entries();
  const frame = { ...frameOf(context, 'Checks'), current: 'checks' as const };
  if (entries.length === 0) return layout(frame, emptyFleet());
  const all = entries.map((entry) => reportOf(entry, now));
  const page = paged(selectReports(entries, query, now).sort(ORDERS[query.sort]), query.page, PAGE_SIZE);
  const footer = curlBox(origin, base, '/diff', queryString(query, { sort: undefined }));
  return layout({ ...frame, footer }, [
    headline(all, now),
    tiles(all, `${base}/`),
    filterForm({ action: `${base}/`, query, entries }),
    context.groups !== undefined && sharedDrift(context, context.groups),
    page.total === 0 ? nothingMatches() : table(page.items, context),
    pager(page, (number) => `${base}/${queryString(query, { page: String(number) })}`),
  ]);
}

const SEVERITY: Readonly<Record<Status, number>> = { drifted: 0, error: 1, unknown: 2, in_sync: 4 };

function severityOf({ status, drift, stale }: CheckReport): number {
  if (status === 'error' && drift.length > 0) return 0;
  return status === 'in_sync' && stale === true ? 3 : SEVERITY[status];
}

function byName(a: CheckReport, b: CheckReport): number {
  return a.check < b.check ? -1 : 1;
}

const LAST = '~';
const ORDERS: Readonly<Record<Sort, (a: CheckReport, b: CheckReport) => number>> = {
  severity: (a, b) => severityOf(a) - severityOf(b) || byName(a, b),
  check: byName,
  since: (a, b) => (a.driftedSince ?? LAST).localeCompare(b.driftedSince ?? LAST) || byName(a, b),
  resources: (a, b) => b.drift.length - a.drift.length || byName(a, b),
};

function count(reports: readonly CheckReport[], status: Status): number {
  return reports.filter((report) => report.status === status).length;
}

function headline(all: readonly CheckReport[], now: Date): Html {
  const drifted = all.filter(({ drift }) => drift.length > 0);
  const resources = drifted.reduce((sum, { drift }) => sum + drift.length, 0);
  const blind = count(all, 'error');
  const waiting = count(all, 'unknown');
  const stale = all.filter(({ stale }) => stale === true).length;
  const oldest = drifted.flatMap(({ driftedSince }) => driftedSince ?? []).sort()[0];
  return html`<div class="headline">
    <h1>${title(drifted.length, blind, waiting + stale, all.length)}</h1>
    <p>
      ${resources > 0 && html`${plural(resources, 'resource differs', 'resources differ')}${oldest !== undefined && html`, the oldest for ${ago(oldest, now, '')}`}. `}${
        blind > 0 && html`${plural(blind, 'check')} cannot tell. `
      }${waiting > 0 && html`${plural(waiting, 'check has', 'checks have')} not come to a result yet. `}${stale > 0 && html`${plural(stale, 'check is', 'checks are')} stale.`}
    </p>
  </div>`;
}

function title(drifted: number, blind: number, unsure: number, all: number): string {
  if (drifted > 0) return `${drifted} of ${plural(all, 'check')} ${drifted === 1 ? 'has' : 'have'} drifted`;
  if (blind > 0) return `No drift known, but ${plural(blind, 'check')} cannot tell`;
  if (unsure > 0) return 'No drift known, but not every check has looked lately';
  return all === 1 ? 'The check is in sync' : `All ${all} checks are in sync`;
}

function tiles(all: readonly CheckReport[], action: string): Html {
  const statuses: readonly Status[] = ['drifted', 'error', 'unknown', 'in_sync'];
  return html`<ul class="tiles">
    ${statuses.map((status) => {
      const number = count(all, status);
      return html`<li>
        <a class="tile ${status}${number === 0 && ' none'}" href="${action}?status=${status}"
          >${statusIcon(status)}<span class="number">${number}</span><span>${STATUS_WORDS[status]}</span></a
        >
      </li>`;
    })}
  </ul>`;
}

function table(reports: readonly CheckReport[], context: PageContext): Html {
  return html`<table class="checks">
    <caption class="hidden">
      Checks
    </caption>
    <thead>
      <tr>
        ${heading('Status', 'severity', context)}${heading('Check', 'check', context)}${heading('What differs', 'resources', context)}${heading('Drifted for', 'since', context)}
        <th scope="col">Last run</th>
        <th scope="col">Next</th>
      </tr>
    </thead>
    <tbody>
      ${reports.map((report) => row(report, context))}
    </tbody>
  </table>`;
}

function heading(text: string, sort: Sort, { query, base }: PageContext): Html {
  const current = query.sort === sort;
  const href = `${base}/${queryString(query, { sort: sort === 'severity' ? undefined : sort })}`;
  const order = sort === 'resources' || sort === 'severity' ? 'descending' : 'ascending';
  return current
    ? html`<th scope="col" aria-sort="${order}">
        <a href="${href}">${text} <span aria-hidden="true">${order === 'ascending' ? '↑' : '↓'}</span></a>
      </th>`
    : html`<th scope="col"><a href="${href}">${text}</a></th>`;
}

function row(report: CheckReport, { base, now }: PageContext): Html {
  const { check, checker, labels, driftedSince, startedAt, nextRunAt } = report;
  return html`<tr class="${report.status}">
    <td>${statusBadges(report)}</td>
    <th scope="row">
      <a href="${checkPath(base, check)}">${check}</a><span class="sub">${checker}</span>${labelChips(labels)}
    </th>
    <td>${differs(report)}</td>
    <td data-label="Drifted for">
      ${driftedSince === undefined ? html`<span class="none">–</span>` : ago(driftedSince, now, '')}
    </td>
    <td data-label="Last run">
      ${startedAt === undefined ? html`<span class="none">never</span>` : ago(startedAt, now)}
    </td>
    <td data-label="Next">${nextRunAt === undefined ? html`<span class="none">–</span>` : until(nextRunAt, now)}</td>
  </tr>`;
}

function differs({ drift, failures, resources, status, notCompared, unconfirmed }: CheckReport): Html {
  const [first] = drift;
  const [failure] = failures;
  return html`${
    first !== undefined &&
    html`<b>${plural(drift.length, 'resource')}</b> <span class="counts">(${actionCounts(drift)})</span
      ><span class="sub"
        >${first.address}${drift.length > 1 && ` and ${drift.length - 1} more`}<br />${whyText(first)}</span
      >`
  }${
    failure !== undefined &&
    html`<span class="failure"
      ><code>${failure.reason}</code>
      ${failure.message.slice(0, 160)}${failure.message.length > 160 && '…'}${failures.length > 1 && html` <b>and ${failures.length - 1} more</b>`}</span
    >`
  }${
    first === undefined &&
    status !== 'unknown' &&
    failure === undefined &&
    html`<span class="quiet"
      >none of
      ${plural(resources, 'resource')}${notCompared.length > 0 && `, ${notCompared.length} not compared`}${unconfirmed !== undefined && `, ${unconfirmed.drift.length} unconfirmed`}</span
    >`
  }`;
}

function emptyFleet(): Html {
  return html`<div class="empty">
    <h1>No checks are configured</h1>
    <p>
      Add one under <code>checks:</code> in the configuration and reload; <code>drift-exporter validate</code> tells
      whether it is right.
    </p>
  </div>`;
}

function nothingMatches(): Html {
  return html`<div class="empty">
    <h2>No check matches these filters</h2>
    <p>A glob must match the whole name: <code>*web*</code> finds what has web in it.</p>
  </div>`;
}
