import { html, type Html } from './html.ts';

/** The same query as a command, to copy with one click, and its other formats as links. */
export function curlBox(origin: string, base: string, path: string, query: string): Html {
  const url = `${origin}${path}${query}`;
  const join = query === '' ? '?' : '&';
  const command = `curl -sS '${url.replaceAll("'", '%27')}'`;
  return html`<section class="curl" aria-labelledby="curl-title">
    <h2 id="curl-title">The same from a shell</h2>
    <p><code class="copy">${command}</code></p>
    <p class="formats">
      As
      ${(['json', 'text', 'markdown', 'summary'] as const).map(
        (format, index) =>
          html`${index > 0 && ' · '}<a href="${base}${path}${query}${join}format=${format}">${format}</a>`,
      )}
    </p>
  </section>`;
}
