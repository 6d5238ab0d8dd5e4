import { sinceWords } from '../../diff/render-duration.ts';
import { html, type Html } from './html.ts';

/** How long ago in words, the exact time on hover and for machines. */
export function ago(at: string, now: Date, suffix = ' ago'): Html {
  return html`<time datetime="${at}" title="${exact(at)}">${sinceWords(at, now)}${suffix}</time>`;
}

/** How long until then. */
export function until(at: string, now: Date): Html {
  const seconds = (Date.parse(at) - now.getTime()) / 1000;
  if (seconds <= 0) return html`<time datetime="${at}" title="${exact(at)}">due</time>`;
  return html`<time datetime="${at}" title="${exact(at)}">in ${sinceWords(now.toISOString(), new Date(at))}</time>`;
}

/** `2026-11-21 07:12:03 UTC`. */
export function exact(at: string): string {
  return at.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*Z$/, '$1 $2 UTC');
}
