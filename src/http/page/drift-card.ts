import { changeLines, type DiffLine } from '../../diff/render-change.ts';
import { plural } from '../../diff/render-duration.ts';
import type { ReportedDrift } from '../../diff/render-reported.ts';
import { originText } from '../../diff/render-text.ts';
import { ACTION_SYMBOLS, ACTION_WORDS, actorJoin, CAUSE_WORDS } from '../../diff/render-words.ts';
import type { Change } from '../../drift.ts';
import { html, type Html } from './html.ts';
import { ago, exact } from './time.ts';

const OPEN_CHANGES = 8;
const MOST_CHANGES = 100;

/** One drifted resource: what, why, who, since when, and the diff. */
export function driftCard(resource: ReportedDrift, now: Date): Html {
  const { address, action, cause, changes } = resource;
  const title = html`<span class="sign ${action}" aria-hidden="true">${ACTION_SYMBOLS[action]}</span
    ><span class="address">${address}</span>`;
  return html`<article class="card ${action}">
    <header>
      <h3>${title}</h3>
      <p class="why">
        <strong>${ACTION_WORDS[action]}</strong><span>${CAUSE_WORDS[cause]}${who(resource, now)}</span>${
          resource.firstSeenAt !== undefined && html`<span>first seen ${ago(resource.firstSeenAt, now)}</span>`
        }<span class="type">${resource.type}</span
        >${resource.scope !== undefined && html`<span>in ${resource.scope}</span>`}${
          resource.origin !== undefined && html`<span>declared in <code>${originText(resource.origin)}</code></span>`
        }
      </p>
    </header>
    ${changes.length === 0 ? html`<p class="quiet">The tool says that it differs, not where.</p>` : diffBlock(changes)}
  </article>`;
}

function who({ cause, actor }: ReportedDrift, now: Date): Html | false {
  if (actor === undefined) return false;
  const at = actor.at === undefined ? undefined : html`, <span title="${exact(actor.at)}">${ago(actor.at, now)}</span>`;
  return html`${actorJoin(cause)}<b>${actor.name}</b>${actor.class !== 'unknown' && ` (${actor.class})`}${at}`;
}

/** A diff from live to desired. Long ones keep their end folded. */
export function diffBlock(changes: readonly Change[]): Html {
  const rest = changes.slice(OPEN_CHANGES, MOST_CHANGES);
  const left = changes.length - OPEN_CHANGES - rest.length;
  return html`${pre(changes.slice(0, OPEN_CHANGES))}${
    rest.length > 0 &&
    html`<details>
      <summary>${plural(rest.length, 'more change')}</summary>
      ${pre(rest)}${left > 0 && html`<p class="quiet">… and ${plural(left, 'change')} more: see the JSON.</p>`}
    </details>`
  }`;
}

function pre(changes: readonly Change[]): Html {
  return html`<pre class="diff">${changes.flatMap((change) => changeLines(change)).map(line)}</pre>`;
}

/** Every line ends with a newline, so that a copied diff keeps its lines. */
function line({ kind, text }: DiffLine): Html {
  const rest = ` ${text}\n`;
  if (kind === 'live') return html`<del><i>-</i>${rest}</del>`;
  if (kind === 'desired') return html`<ins><i>+</i>${rest}</ins>`;
  if (kind === 'path') return html`<span class="path">${`${text}\n`}</span>`;
  if (kind === 'note') return html`<span class="note">#${rest}</span>`;
  return html`<span>${` ${rest}`}</span>`;
}

/** What the colours and signs mean, once a page. */
export const DIFF_LEGEND: Html = html`<p class="legend">
  <del><i>-</i> live now</del> <ins><i>+</i> desired, as declared</ins>
</p>`;
