import { durationWords, plural } from '../../diff/render-duration.ts';
import { STATUS_WORDS } from '../../diff/render-words.ts';
import type { RunSummary } from '../../store/store.ts';
import { html, type Html } from './html.ts';
import { exact } from './time.ts';

const WIDTH = 12;
const HEIGHT = 56;

/** The newest runs as columns, oldest left, with a table of the same for who cannot see them. */
export function history(runs: readonly RunSummary[] | undefined): Html {
  if (runs === undefined) return html`<p class="banner warn">The history cannot be read now.</p>`;
  if (runs.length === 0) return html`<p class="quiet">No run has ended yet.</p>`;
  const shown = runs.toReversed();
  const most = Math.max(1, ...shown.map(({ drifted }) => drifted));
  const width = shown.length * WIDTH;
  return html`<svg
      class="history"
      role="img"
      aria-label="${words(shown)}"
      viewBox="0 0 ${width} ${HEIGHT + 4}"
      width="${width}"
      height="${HEIGHT + 4}"
    >
      ${shown.map((run, index) => column(run, index * WIDTH, most))}
    </svg>
    <p class="legend">
      <span class="key in_sync"></span>in sync <span class="key drifted"></span>drifted, by number of resources
      <span class="key error"></span>could not tell
    </p>
    <details>
      <summary>The last ${plural(runs.length, 'run')} as a table</summary>
      ${table(runs)}
    </details>`;
}

function column(run: RunSummary, x: number, most: number): Html {
  const title = html`<title>${exact(run.startedAt)}: ${runWords(run)}</title>`;
  const hit = html`<rect class="hit" x="${x}" y="0" width="${WIDTH}" height="${HEIGHT + 4}" />`;
  const tall = Math.max(8, Math.round((run.drifted / most) * HEIGHT));
  const bar =
    run.drifted > 0 &&
    html`<rect class="drifted" x="${x + 2}" y="${HEIGHT - tall}" width="${WIDTH - 4}" height="${tall}" rx="1.5" />`;
  if (run.status === 'error') {
    return html`<g>${title}${hit}${bar}<path class="error" d="M${x + 2} ${HEIGHT - 10}l8 8m0 -8l-8 8" /></g>`;
  }
  return html`<g
    >${title}${hit}${bar || html`<rect class="in_sync" x="${x + 2}" y="${HEIGHT - 4}" width="${WIDTH - 4}" height="4" rx="1.5" />`}</g
  >`;
}

function words(runs: readonly RunSummary[]): string {
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  return `The last ${plural(runs.length, 'run')}: ${count('in_sync')} in sync, ${count('drifted')} drifted, ${count('error')} could not tell.`;
}

function runWords(run: RunSummary): string {
  const [failure] = run.failures;
  const drifted = run.drifted > 0 ? `, ${plural(run.drifted, 'resource differs', 'resources differ')}` : '';
  return `${STATUS_WORDS[run.status]}${drifted}${failure === undefined ? '' : `, ${failure.reason}`}`;
}

function table(runs: readonly RunSummary[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Runs">
    <table>
      <thead>
        <tr>
          <th scope="col">Started</th>
          <th scope="col">Found</th>
          <th scope="col">Compared</th>
          <th scope="col">Took</th>
          <th scope="col">Exit code</th>
          <th scope="col">Revision</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          (run) =>
            html`<tr>
              <th scope="row">${exact(run.startedAt)}</th>
              <td>${runWords(run)}</td>
              <td>${run.resources}</td>
              <td>${durationWords(run.durationSeconds)}</td>
              <td>${run.exitCode ?? '–'}</td>
              <td><code>${run.revision?.slice(0, 12) ?? '–'}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
