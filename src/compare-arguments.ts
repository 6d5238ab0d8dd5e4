import { parseArgs } from 'node:util';
import type { CompareShortcut } from './config/compare-shortcut.ts';

/** Reads what follows `drift-exporter compare`. Throws an Error that says what was expected. */
export function parseCompareArguments(args: readonly string[]): {
  readonly shortcut: CompareShortcut;
  readonly output: string | undefined;
} {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'map-namespace': { type: 'string', multiple: true, default: [] },
      'map-name': { type: 'string', multiple: true, default: [] },
      allow: { type: 'string', multiple: true, default: [] },
      fields: { type: 'string', multiple: true, short: 'f', default: [] },
      kind: { type: 'string', multiple: true, default: [] },
      undeclared: { type: 'boolean' },
      kubeconfig: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
  });
  const [left, right, ...others] = positionals;
  if (left === undefined || right === undefined || others.length > 0) {
    throw new RangeError(`compare: expected LEFT and RIGHT; got ${positionals.join(' ') || 'none'}`);
  }
  return {
    shortcut: {
      left,
      right,
      namespaces: values['map-namespace'],
      names: values['map-name'],
      allowed: values.allow,
      fields: values.fields.flatMap((field) => field.split(',')),
      kinds: values.kind.flatMap((kind) => kind.split(',')),
      ...(values.undeclared !== undefined && { undeclared: values.undeclared }),
      ...(values.kubeconfig !== undefined && { kubeconfig: values.kubeconfig }),
    },
    output: values.output,
  };
}
