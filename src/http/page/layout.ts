import { createHash } from 'node:crypto';
import { html, type Child, type Html } from './html.ts';
import { ICON_SVG } from './icons.ts';
import { STYLE } from './style.ts';

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: string;
}

/** Named by their content: they may be kept for ever. */
export const ASSETS: readonly Asset[] = [
  asset('style', 'css', 'text/css; charset=utf-8', STYLE),
  asset('icon', 'svg', 'image/svg+xml', ICON_SVG),
];

export interface Frame {
  readonly title: string;
  /** Path in front of every link. */
  readonly base: string;
  readonly version: string;
  readonly now: Date;
  readonly notes: readonly string[];
  /** Which entry of the navigation this is. */
  readonly current?: 'checks' | 'diff' | 'sources' | 'workers';
  /** Whether there are workers to show. */
  readonly fleet: boolean;
  readonly footer?: Child;
}

/** A whole page around its main part. */
export function layout(frame: Frame, main: Child): string {
  const { base, title, version, now, notes, current } = frame;
  const [style, icon] = ASSETS;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title} · drift-exporter</title>
      <link rel="icon" href="${base}${icon?.path ?? ''}" type="image/svg+xml" />
      <link rel="stylesheet" href="${base}${style?.path ?? ''}" />
    </head>
    <body>
      <a class="skip" href="#main">Skip to the content</a>
      <header class="top">
        <div class="wide">
          <a class="brand" href="${base}/">drift-exporter</a>
          <nav aria-label="Pages">
            ${link(`${base}/`, 'Checks', current === 'checks')}${link(`${base}/diff?format=html`, 'Drift', current === 'diff')}${link(`${base}/sources`, 'Sources', current === 'sources')}${frame.fleet && link(`${base}/workers`, 'Workers', current === 'workers')}${link(`${base}/metrics`, 'Metrics', false)}
          </nav>
        </div>
      </header>
      <main id="main" class="wide" tabindex="-1">
        ${notes.map((note) => html`<p class="banner warn" role="status"><strong>Note</strong> ${note}</p>`)} ${main}
      </main>
      <footer class="wide">
        ${frame.footer}
        <p>
          drift-exporter ${version} · as of
          <time datetime="${now.toISOString()}">${now.toISOString().slice(0, 19).replace('T', ' ')} UTC</time>
        </p>
      </footer>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}

function link(href: string, text: string, current: boolean): Html {
  return current ? html`<a href="${href}" aria-current="page">${text}</a>` : html`<a href="${href}">${text}</a>`;
}

function asset(name: string, extension: string, type: string, content: string): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { path: `/assets/${name}-${hash}.${extension}`, type, content };
}
