import type { HttpError } from '../http-error.ts';
import { html } from './html.ts';
import { layout, type Frame } from './layout.ts';

/** An answer of 400 and above for a browser. */
export function errorPage(frame: Frame, { status, message, details }: HttpError): string {
  return layout(
    frame,
    html`<div class="empty">
      <p class="quiet">${status}</p>
      <h1>${message}</h1>
      ${details.allowed !== undefined && details.allowed.length > 0 && html`<p>Accepted: ${details.allowed.map((name) => html`<code>${name}</code> `)}</p>`}
      <p><a href="${frame.base}/">All checks</a></p>
    </div>`,
  );
}
