import { safeText } from '../../diff/render-safe-text.ts';

/** Text that is HTML already. Only the `html` tag makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Html | string | number | undefined | false | readonly Child[];

/**
 * HTML from a template: whatever is put in is escaped, with its control characters made visible, unless it is Html.
 * Throws on a value in an attribute without quotes, and on a link that leads to anything but a path, a query or http(s).
 */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Html {
  let text = strings[0] ?? '';
  for (const [index, child] of children.entries()) {
    const before = strings[index] ?? '';
    const after = strings[index + 1] ?? '';
    if (/\s[\w-]+=$/.test(before)) throw new TypeError('html: an attribute needs quotes around its value');
    if (/\s(?:href|action|src)="$/.test(before)) checkLink(child, after, children[index + 1]);
    text += render(child) + after;
  }
  return new Html(text);
}

function checkLink(first: Child, after: string, next: Child): void {
  const start = render(first) + (after === '' ? render(next) : after);
  if (!/^(?:[/?#]|https?:)/.test(start)) throw new TypeError('html: a link must be a path, a query or an http URL');
}

function render(child: Child): string {
  if (child === undefined || child === false) return '';
  if (child instanceof Html) return child.text;
  if (typeof child === 'string' || typeof child === 'number') return escapeHtml(String(child));
  return child.map((one) => render(one)).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return safeText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
