import { plural, sinceWords } from '../../diff/render-duration.ts';
import type { CheckReport } from '../check-report.ts';
import { html, type Html } from './html.ts';
import { exact } from './time.ts';

/** What must be known before the drift is believed: failures, age, damping. Empty when there is nothing. */
export function remarks(report: CheckReport, now: Date): Html {
  const { failures, observedAt, stale, unconfirmed, status } = report;
  return html`${
    failures.length > 0 &&
    html`<div class="banner error">
      <strong>${plural(failures.length, 'failure')}: this much could not be known</strong>
      <ul>
        ${failures
          .slice(0, 50)
          .map(
            ({ phase, reason, message, address }) =>
              html`<li>
                <code>${phase}</code> <code>${reason}</code> ${address !== undefined && html`<b>${address}</b> `}<span
                  class="message"
                  >${message.slice(0, 2000)}</span
                >
              </li>`,
          )}
      </ul>
      ${failures.length > 50 && html`<p>… and ${failures.length - 50} more: see the JSON.</p>`}
    </div>`
  }${
    observedAt !== undefined &&
    html`<p class="banner warn">
      <strong>The last run could not look.</strong> What follows was seen ${sinceWords(observedAt, now)} ago
      (${exact(observedAt)}).
    </p>`
  }${
    stale === true &&
    html`<p class="banner warn">
      <strong>Stale.</strong> This check has not looked for longer than its schedule allows, so what follows may no
      longer be true.
    </p>`
  }${
    unconfirmed !== undefined &&
    html`<p class="banner info">
      <strong>Unconfirmed.</strong> ${plural(unconfirmed.drift.length, 'resource differs', 'resources differ')} in
      ${unconfirmed.runs} of ${unconfirmed.required} runs needed before it counts as drift.
    </p>`
  }${
    status === 'unknown' &&
    html`<p class="banner info">
      <strong>Not known yet.</strong>
      ${report.activity === 'idle' ? 'No run has come to a result.' : 'The first run is going on.'}
    </p>`
  }`;
}
