import { plural } from '../../diff/render-duration.ts';
import { groupChecks, groupSubject, groupTitle } from '../../diff/render-groups.ts';
import type { DriftGroup, DriftGroups } from '../../run/drift-groups.ts';
import { curlBox } from './curl.ts';
import { filterForm } from './filter-form.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { frameOf, type PageContext } from './page-context.ts';
import { checkPath, queryString } from './page-url.ts';
import { ago } from './time.ts';

const SHOWN = 200;
const NAMED = 3;

/** `/diff?group=fingerprint` for a browser. */
export function groupsPage(context: PageContext, groups: DriftGroups): string {
  const { deps, query, base, origin } = context;
  const shown = groups.largest(query.limit ?? SHOWN);
  const left = groups.distinct - shown.length;
  const footer = curlBox(origin, base, '/diff', queryString(query, { group: 'fingerprint' }));
  return layout({ ...frameOf(context, 'Drift by fingerprint'), current: 'diff', footer }, [
    html`<div class="headline">
      <h1>${titleOf(groups)}</h1>
      <p>Drift that has the same type, action, address and fields is one line, on however many checks it is.</p>
    </div>`,
    filterForm({
      action: `${base}/diff`,
      query,
      entries: deps.board.entries(),
      hidden: { format: 'html', group: 'fingerprint' },
    }),
    shown.length > 0 && table(shown, context),
    left > 0 && html`<p class="quiet">… and ${plural(left, 'more fingerprint')}.</p>`,
  ]);
}

/** On the overview: what is the same on several checks; nothing where nothing is. */
export function sharedDrift(context: PageContext, groups: DriftGroups): Html | false {
  const shared = groups.largest(10).filter(({ checks }) => checks.length > 1);
  if (shared.length === 0) return false;
  return html`<section class="shared">
    <h2>The same drift on several checks</h2>
    <ul>
      ${shared.map((group) => line(group, context))}
    </ul>
    <p><a href="${context.base}/diff?format=html&amp;group=fingerprint">All drift by fingerprint</a></p>
  </section>`;
}

function line(group: DriftGroup, { now }: PageContext): Html {
  const { since } = group;
  return html`<li>
    <b>${group.checks.length} checks</b> <span class="counts">(${groupChecks(group)})</span><br />
    ${groupSubject(group)}${since !== undefined && html`, first seen ${ago(since, now)}`}
  </li>`;
}

function titleOf({ distinct, shared }: DriftGroups): string {
  if (distinct === 0) return 'No drift is known';
  const all = plural(distinct, 'different drift', 'different drifts');
  return shared === 0 ? `${all}, none on more than one check` : `${all}, ${shared} on more than one check`;
}

function table(groups: readonly DriftGroup[], context: PageContext): Html {
  return html`<table class="checks groups">
    <caption class="hidden">
      Drift by fingerprint
    </caption>
    <thead>
      <tr>
        <th scope="col">Checks</th>
        <th scope="col">What differs</th>
        <th scope="col">First seen</th>
        <th scope="col">Fingerprint</th>
      </tr>
    </thead>
    <tbody>
      ${groups.map((group) => row(group, context))}
    </tbody>
  </table>`;
}

function row(group: DriftGroup, { base, now }: PageContext): Html {
  const { checks, since, fingerprint } = group;
  const more = checks.length - NAMED;
  return html`<tr>
    <th scope="row">
      ${checks.length === 1 ? 'on one check alone' : groupTitle(group)}<span class="sub" title="${groupChecks(group)}"
        >${checks
          .slice(0, NAMED)
          .map(
            (check, index) => html`${index > 0 && ', '}<a href="${checkPath(base, check)}">${check}</a>`,
          )}${more > 0 && ` and ${more} more`}</span
      >
    </th>
    <td>${groupSubject(group)}</td>
    <td data-label="First seen">${since === undefined ? html`<span class="none">–</span>` : ago(since, now)}</td>
    <td data-label="Fingerprint"><code>${fingerprint}</code></td>
  </tr>`;
}
