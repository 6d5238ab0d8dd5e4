import type { DiscoveredItem } from '../checker.ts';
import type { CheckConfig, DiscoveryConfig } from '../config/config.ts';
import type { MakeCheck } from '../config/to-discovery.ts';
import type { Failure } from '../drift.ts';
import { pathText } from '../config/issues.ts';
import { fillPlaceholders } from './placeholders.ts';

export interface MadeChecks {
  readonly checks: readonly CheckConfig[];
  readonly failures: readonly Failure[];
}

/**
 * A check of each template for each item. What cannot be made is a failure that names the item and hides no other;
 * `taken` says which names are somebody's already, and grows.
 */
export function makeChecks(
  { templates }: DiscoveryConfig,
  items: readonly DiscoveredItem[],
  { makeCheck, taken }: { readonly makeCheck: MakeCheck; readonly taken: Map<string, string> },
): MadeChecks {
  const checks: CheckConfig[] = [];
  const failures: Failure[] = [];
  for (const item of items) {
    for (const [index, template] of templates.entries()) {
      const made = makeOne(template, item, makeCheck);
      const at = `checks[${index}] for ${item.id}`;
      const owner = made.check === undefined ? undefined : taken.get(made.check.name);
      const errors =
        owner === undefined
          ? made.errors
          : [`name: ${made.check?.name} is the name of ${owner}: expected one of its own`];
      failures.push(...errors.map((error) => invalid(`${at}: ${error}`, item)));
      if (made.check === undefined || owner !== undefined) continue;
      taken.set(made.check.name, `the check made for ${item.id}`);
      checks.push(made.check);
    }
  }
  return { checks, failures };
}

function makeOne(
  template: Readonly<Record<string, unknown>>,
  { values }: DiscoveredItem,
  makeCheck: MakeCheck,
): { readonly check?: CheckConfig; readonly errors: readonly string[] } {
  const filled = fillPlaceholders(template, values);
  if (filled.errors.length > 0)
    return { errors: filled.errors.map(({ path, message }) => `${pathText(path)}: ${message}`) };
  const made = makeCheck(filled.document, []);
  return made.ok ? { check: made.value, errors: [] } : { errors: made.errors };
}

function invalid(message: string, { id }: DiscoveredItem): Failure {
  return { phase: 'source', reason: 'invalid', message, address: id };
}
