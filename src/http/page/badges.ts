import { STATUS_WORDS } from '../../diff/render-words.ts';
import type { CheckReport } from '../check-report.ts';
import { html, type Html } from './html.ts';
import { statusIcon } from './icons.ts';

/** The status in a shape, a colour and a word; beside it what qualifies it. */
export function statusBadges({ status, stale, observedAt, unconfirmed, activity, drift }: CheckReport): Html {
  return html`<span class="badge ${status}">${statusIcon(status)}${STATUS_WORDS[status]}</span>${
      status === 'error' &&
      drift.length > 0 &&
      html` <span class="badge drifted">${statusIcon('drifted')}drifted</span>`
    }${stale === true && html` <span class="badge plain">stale</span>`}${
      observedAt !== undefined && html` <span class="badge plain">last run blind</span>`
    }${unconfirmed !== undefined && html` <span class="badge plain">unconfirmed drift</span>`}${
      activity !== 'idle' && html` <span class="badge plain">${activity}</span>`
    }`;
}

/** The labels of a check, each a link-free chip. */
export function labelChips(labels: Readonly<Record<string, string>>): Html {
  const entries = Object.entries(labels);
  if (entries.length === 0) return html``;
  return html`<span class="labels"
    >${entries.map(([name, value]) => html`<span class="label">${name}=${value}</span>`)}</span
  >`;
}
