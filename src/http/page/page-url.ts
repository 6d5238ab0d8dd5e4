import type { DiffQuery } from '../diff-query.ts';

/** The query of the page as a string, filters first, with some of it changed; `undefined` takes a parameter away. */
export function queryString(query: DiffQuery, change: Readonly<Record<string, string | undefined>> = {}): string {
  const params = new URLSearchParams();
  for (const [name, values] of query.filters) {
    if (!(name in change)) for (const value of values) params.append(name, value);
  }
  if (query.sort !== 'severity' && !('sort' in change)) params.append('sort', query.sort);
  for (const [name, value] of Object.entries(change)) if (value !== undefined) params.append(name, value);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

export function checkPath(base: string, check: string): string {
  return `${base}/checks/${encodeURIComponent(check)}`;
}
