import type { Status } from '../../drift.ts';
import { html, type Html } from './html.ts';

/** Every status has a shape of its own, so that none depends on its colour. */
const SHAPES: Readonly<Record<Status, Html>> = {
  in_sync: html`<circle cx="8" cy="8" r="6.6" /><path d="M5 8.2l2.1 2.1L11 6.2" />`,
  drifted: html`<path d="M8 1.8L14.8 13.6H1.2Z" /><path d="M8 6.2v3.6M8 11.6v.1" />`,
  error: html`<path d="M5.2 1.4h5.6l3.8 3.8v5.6l-3.8 3.8H5.2L1.4 10.8V5.2Z" /><path
      d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"
    />`,
  unknown: html`<circle cx="8" cy="8" r="6.6" stroke-dasharray="2.4 2.2" /><path
      d="M6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1M8 11.5v.1"
    />`,
};

/** Decoration: the words stand beside it. */
export function statusIcon(status: Status): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    ${SHAPES[status]}
  </svg>`;
}

/** The favicon, served as a file. */
export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1d3b53"/><path d="M6 12h20" stroke="#8fd0ff" stroke-width="3" stroke-linecap="round"/><path d="M6 20h9c4 0 5-3 8-5" stroke="#ffb454" stroke-width="3" stroke-linecap="round" fill="none" stroke-dasharray="5 4"/></svg>`;
