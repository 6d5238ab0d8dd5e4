import type { DiscoveryStatus } from '../../discovery/discovery-status.ts';
import { html, type Html } from './html.ts';
import { statusIcon } from './icons.ts';
import type { PageContext } from './page-context.ts';
import { ago } from './time.ts';

const FAILURES_SHOWN = 20;

/** What discoveries found and could not; nothing when none is configured. */
export function discoverySection({ deps, now }: PageContext): readonly Html[] {
  const discoveries = deps.discoveries();
  if (discoveries.length === 0) return [];
  return [
    html`<div class="headline">
      <h2>Discovery</h2>
      <p>What checks are made for.</p>
    </div>`,
    html`<table class="checks">
      <caption class="hidden">
        Discovery
      </caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Discovery</th>
          <th scope="col">Found</th>
          <th scope="col">Checks</th>
          <th scope="col">Complete</th>
        </tr>
      </thead>
      <tbody>
        ${discoveries.map((discovery) => row(discovery, now))}
      </tbody>
    </table>`,
  ];
}

function row(discovery: DiscoveryStatus, now: Date): Html {
  const { name, discoverer, items, dropped, checks, succeededAt, failures } = discovery;
  const over = failures.length - FAILURES_SHOWN;
  return html`<tr>
    <td>${badge(discovery)}</td>
    <th scope="row">
      ${name}<span class="sub">${discoverer}</span>
      ${failures.slice(0, FAILURES_SHOWN).map(({ message }) => html`<span class="failure">${message}</span>`)}
      ${over > 0 && html`<span class="failure">and ${over} more</span>`}
    </th>
    <td data-label="Found">${items}${dropped > 0 && html` and ${dropped} left out`}</td>
    <td data-label="Checks">${checks}</td>
    <td data-label="Complete">${succeededAt === undefined ? '–' : ago(succeededAt, now)}</td>
  </tr>`;
}

function badge({ up, failures }: DiscoveryStatus): Html {
  if (failures.length > 0) return html`<span class="badge error">${statusIcon('error')}failing</span>`;
  if (up === undefined) return html`<span class="badge unknown">${statusIcon('unknown')}not yet</span>`;
  return html`<span class="badge in_sync">${statusIcon('in_sync')}ok</span>`;
}
