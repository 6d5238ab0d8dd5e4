import type { Pool } from '../../fleet/pools.ts';
import type { Worker } from '../../fleet/presence.ts';
import { html, type Html } from './html.ts';
import { statusIcon } from './icons.ts';
import { layout } from './layout.ts';
import { frameOf, type PageContext } from './page-context.ts';

/** `/workers`: who does the runs of a fleet. */
export function workersPage(context: PageContext): string {
  const { fleet } = context.deps;
  const frame = { ...frameOf(context, 'Workers'), current: 'workers' as const };
  const headline = html`<div class="headline">
    <h1>Workers</h1>
    <p>${fleet === undefined ? 'This service does its runs itself.' : 'Who does the runs, by pool.'}</p>
  </div>`;
  if (fleet === undefined) return layout(frame, headline);
  const workers = fleet.workers();
  return layout(frame, [
    headline,
    pools(fleet.pools()),
    html`<h2>Processes</h2>`,
    workers.length === 0 ? html`<p class="empty quiet">No worker was ever heard of.</p>` : processes(workers),
  ]);
}

function pools(all: readonly Pool[]): Html {
  return html`<table class="checks">
    <caption class="hidden">
      Pools
    </caption>
    <thead>
      <tr>
        <th scope="col">State</th>
        <th scope="col">Pool</th>
        <th scope="col">Checks</th>
        <th scope="col">Workers</th>
        <th scope="col">Running</th>
        <th scope="col">Waiting</th>
      </tr>
    </thead>
    <tbody>
      ${all.map(
        ({ name, workers, checks, running, queued }) =>
          html`<tr>
            <td>${workers > 0 || checks === 0 ? badge('in_sync', 'served') : badge('error', 'not served')}</td>
            <th scope="row">${name}</th>
            <td data-label="Checks">${checks}</td>
            <td data-label="Workers">${workers}</td>
            <td data-label="Running">${running}</td>
            <td data-label="Waiting">${queued}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function processes(workers: readonly Worker[]): Html {
  return html`<table class="checks">
    <caption class="hidden">
      Processes
    </caption>
    <thead>
      <tr>
        <th scope="col">State</th>
        <th scope="col">Host</th>
        <th scope="col">Pools</th>
        <th scope="col">Running</th>
        <th scope="col">Version</th>
      </tr>
    </thead>
    <tbody>
      ${workers.map(
        ({ id, host, pools: own, running, version, alive }) =>
          html`<tr>
            <td>${alive ? badge('in_sync', 'alive') : badge('error', 'not heard of')}</td>
            <th scope="row">${host}<span class="sub">${id}</span></th>
            <td data-label="Pools">${own.join(', ')}</td>
            <td data-label="Running">${running}</td>
            <td data-label="Version">${version}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function badge(status: 'in_sync' | 'error', text: string): Html {
  return html`<span class="badge ${status}">${statusIcon(status)}${text}</span>`;
}
