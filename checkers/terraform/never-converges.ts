import type { Notice, ResourceDrift } from '../../src/checker.ts';
import { parsePointer } from '../../src/diff/json-pointer.ts';
import { configurationAddress } from './configuration-resources.ts';
import type { Plan, PlannedChange } from './plan.ts';

/** An attribute that depends on nothing and is still unknown before an apply comes from timestamp(), uuid() or the like. */
export function neverConverges(
  planned: PlannedChange,
  drift: ResourceDrift,
  referenceFree: Plan['referenceFree'],
): Notice[] {
  if (drift.action !== 'update' && drift.action !== 'replace') return [];
  const suspects = referenceFree.get(configurationAddress(planned.address));
  if (suspects === undefined) return [];
  const found = drift.changes.filter(
    ({ path, desired }) => desired?.kind === 'unknown' && suspects.has(parsePointer(path)[0] ?? ''),
  );
  if (found.length === 0) return [];
  const where = found.map(({ path }) => path).join(', ');
  const message = `${where} differs in every plan: its expression calls a function such as timestamp() or uuid()`;
  return [{ kind: 'never_converges', address: drift.address, message }];
}
