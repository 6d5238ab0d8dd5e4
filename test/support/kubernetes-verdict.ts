import type { ResourceDrift } from '../../src/checker.ts';
import { parsePointer } from '../../src/diff/json-pointer.ts';
import type { CorpusCase } from './kubernetes-corpus.ts';

/** What is wrong with what was said about a case after its change; undefined when it is right. */
export function wrongVerdict(one: CorpusCase, drift: readonly ResourceDrift[]): string | undefined {
  const about = drift.filter((found) => concerns(found, one));
  if (one.expect === 'arguable') return undefined;
  if (one.expect === 'clean') {
    return about.length === 0 ? undefined : `${one.id}: false alarm: ${JSON.stringify(about[0])}`;
  }
  const [kind = '', name = ''] = one.object.split('/');
  const found = about.find((entry) => entry.type === kind && entry.address.endsWith(`/${name}`));
  if (found === undefined) return `${one.id}: not found: ${one.object}`;
  if (one.path === '') {
    const expected = one.class === 'missing' ? 'create' : 'delete';
    return found.action === expected ? undefined : `${one.id}: expected action ${expected}, got ${found.action}`;
  }
  const wanted = pathTokens(one.path);
  const paths = found.changes.map(({ path }) => path);
  return paths.some((path) => overlaps(parsePointer(path), wanted))
    ? undefined
    : `${one.id}: expected a change at ${one.path}, got ${paths.join(', ')}`;
}

function concerns({ scope, address }: ResourceDrift, { namespace }: CorpusCase): boolean {
  const name = address.slice(address.lastIndexOf('/') + 1);
  return scope === namespace || (scope === undefined && (name === namespace || name === `${namespace}-own`));
}

const ANY = Symbol('any');

/** `a.b["c.d"][name=x].e` as tokens; a selector stands for whatever position the item has. */
function pathTokens(path: string): (string | typeof ANY)[] {
  return Array.from(
    path.matchAll(/\["([^"]*)"\]|\[[^\]]*\]|[^.[\]]+/g),
    ([text, quoted]) => quoted ?? (text.startsWith('[') ? ANY : text),
  );
}

/** Whether one path leads to, into or past the other. */
function overlaps(path: readonly string[], wanted: readonly (string | typeof ANY)[]): boolean {
  return wanted.every((token, index) => index >= path.length || token === ANY || token === path[index]);
}
