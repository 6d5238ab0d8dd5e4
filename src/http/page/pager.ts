import { html, type Html } from './html.ts';

export interface Paged<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** The items of one page, from 1; a page past the end is the last one. */
export function paged<Item>(items: readonly Item[], page: number, size: number): Paged<Item> {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const current = Math.min(page, pages);
  return { items: items.slice((current - 1) * size, current * size), page: current, pages, total: items.length };
}

/** Links to the pages before and after; nothing when there is one page. */
export function pager({ page, pages }: Paged<unknown>, href: (page: number) => string): Html {
  if (pages === 1) return html``;
  return html`<nav class="pager" aria-label="Pages of this list">
    ${page > 1 ? html`<a rel="prev" href="${href(page - 1)}">Previous</a>` : html`<span>Previous</span>`}
    <span>Page ${page} of ${pages}</span>
    ${page < pages ? html`<a rel="next" href="${href(page + 1)}">Next</a>` : html`<span>Next</span>`}
  </nav>`;
}
