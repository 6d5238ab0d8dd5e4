/**
 * The media type of `offered` that an Accept header likes best: by its q, and among equals the first offered. No header
 * accepts everything. Parameters such as `version` are not looked at. Undefined when none is accepted.
 */
export function bestAccepted(header: string | undefined, offered: readonly string[]): string | undefined {
  const ranges = parseAccept(header ?? '*/*');
  let best: { readonly type: string; readonly q: number } | undefined;
  for (const type of offered) {
    const q = qualityOf(type, ranges);
    if (q > (best?.q ?? 0)) best = { type, q };
  }
  return best?.type;
}

/** Whether an Accept-Encoding header takes gzip. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false;
  const codings = parseAccept(header);
  const gzip = codings.find(({ range }) => range === 'gzip') ?? codings.find(({ range }) => range === '*');
  return (gzip?.q ?? 0) > 0;
}

interface Range {
  readonly range: string;
  readonly q: number;
}

function parseAccept(header: string): Range[] {
  return header
    .split(',', 64)
    .map((part) => part.split(';').map((token) => token.trim().toLowerCase()))
    .map(([range = '', ...parameters]) => ({ range, q: quality(parameters.find((token) => token.startsWith('q='))) }));
}

function quality(parameter: string | undefined): number {
  if (parameter === undefined) return 1;
  const q = Number(parameter.slice(2));
  return q >= 0 && q <= 1 ? q : 0;
}

/** The most specific range that covers the type decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const group = `${type.split('/')[0] ?? ''}/*`;
  for (const wanted of [type, group, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return found.q;
  }
  return 0;
}
