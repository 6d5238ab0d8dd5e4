import { pointerOf, type Step } from '../../../../checkers/kubernetes/normalise/field-path.ts';
import { ANY_NODE } from '../../../../checkers/kubernetes/schema/schema-node.ts';

type Part =
  { readonly key: string } | { readonly index: number } | { readonly where: Readonly<Record<string, string>> };

/**
 * The JSON Pointers that a corpus path (`spec.ports[port=80,protocol=TCP].name`) stands for in the live and in the
 * declared object: an item that only one side has stands where that side has it. An item's `protocol` may be left out.
 */
export function corpusPointers(path: string, { live, desired }: { live: unknown; desired: unknown }): string[] {
  const parts = parse(path);
  const found = [live, desired].map((object) => locate(parts, object)).filter((pointer) => pointer !== undefined);
  return [...new Set(found)];
}

/** Whether a change at one pointer says something about another: it is there, below, or around it. */
export function isAbout(change: string, expected: string): boolean {
  return change === expected || change.startsWith(`${expected}/`) || expected.startsWith(`${change}/`);
}

function parse(path: string): Part[] {
  return [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(([, quoted, index, where, key]) => {
    if (index !== undefined) return { index: Number(index) };
    if (where === undefined) return { key: quoted ?? key ?? '' };
    return { where: Object.fromEntries(where.split(',').map((one) => one.split('=') as [string, string])) };
  });
}

/** Where the parts lead; below what this object lacks, keys are taken as they are, and items make it give up. */
function locate(parts: readonly Part[], object: unknown): string | undefined {
  let at: unknown = object;
  const steps: Step[] = [];
  for (const part of parts) {
    if ('key' in part) {
      steps.push(part.key);
      at = (at as Record<string, unknown> | undefined)?.[part.key];
      continue;
    }
    const items: readonly unknown[] = Array.isArray(at) ? at : [];
    const index = 'index' in part ? part.index : items.findIndex((item) => hasKeys(item, part.where));
    if (index < 0) return undefined;
    steps.push({ live: index, desired: index, list: ANY_NODE, item: items[index] });
    at = items[index];
  }
  return pointerOf(steps);
}

function hasKeys(item: unknown, where: Readonly<Record<string, string>>): boolean {
  return Object.entries(where).every(([key, value]) => {
    const found = (item as Record<string, string | number> | null)?.[key] ?? (key === 'protocol' ? 'TCP' : undefined);
    return String(found) === value;
  });
}
