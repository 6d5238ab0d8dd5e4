import type { SourceStatus } from '../../source/source.ts';
import { html, type Html } from './html.ts';
import { discoverySection } from './discovery-section.ts';
import { statusIcon } from './icons.ts';
import { layout } from './layout.ts';
import { frameOf, type PageContext } from './page-context.ts';
import { ago } from './time.ts';

/** `/sources`: where desired state is read, and how old it is; what discoveries found. */
export function sourcesPage(context: PageContext): string {
  const sources = context.deps.sources();
  return layout({ ...frameOf(context, 'Sources'), current: 'sources' }, [
    html`<div class="headline">
      <h1>Sources</h1>
      <p>Where desired state is read.</p>
    </div>`,
    sources.length === 0 ? html`<p class="empty quiet">No source is configured.</p>` : table(sources, context.now),
    ...discoverySection(context),
  ]);
}

function table(sources: readonly SourceStatus[], now: Date): Html {
  return html`<table class="checks">
    <caption class="hidden">
      Sources
    </caption>
    <thead>
      <tr>
        <th scope="col">State</th>
        <th scope="col">Source</th>
        <th scope="col">Revision</th>
        <th scope="col">Committed</th>
        <th scope="col">Fetched</th>
      </tr>
    </thead>
    <tbody>
      ${sources.map(
        ({ name, kind, location, revision, committedAt, fetchedAt, error }) =>
          html`<tr>
            <td>
              ${error === undefined ? html`<span class="badge in_sync">${statusIcon('in_sync')}ok</span>` : html`<span class="badge error">${statusIcon('error')}failing</span>`}
            </td>
            <th scope="row">
              ${name}<span class="sub">${kind}: ${location}</span
              >${error !== undefined && html`<span class="failure">${error}</span>`}
            </th>
            <td data-label="Revision"><code>${revision?.slice(0, 12) ?? '–'}</code></td>
            <td data-label="Committed">${committedAt === undefined ? '–' : ago(committedAt, now)}</td>
            <td data-label="Fetched">${fetchedAt === undefined ? '–' : ago(fetchedAt, now)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
