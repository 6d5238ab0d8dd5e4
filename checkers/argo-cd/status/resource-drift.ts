import { isDeepStrictEqual } from 'node:util';
import type { Action, Cause, ResourceDrift } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import { sourcesOf, type Application, type ResourceStatus } from '../application.ts';

/** The objects that Argo CD found out of sync; the Application itself when it does not say which. */
export function resourceDrift(application: Application, address: string): ResourceDrift[] {
  const { metadata, status } = application;
  const scope = `${metadata.namespace ?? ''}/${metadata.name}`;
  const cause = causeOf(application);
  const drifted = (status?.resources ?? []).filter((one) => one.status === 'OutOfSync' && one.hook !== true);
  if (drifted.length === 0) {
    if (status?.sync?.status !== 'OutOfSync') return [];
    return [{ address, type: 'Application', scope, action: 'update', cause, changes: [] }];
  }
  return drifted.map((one) => ({
    address: `${scope}/${addressOf(one)}`,
    type: one.kind ?? '',
    scope,
    action: actionOf(one),
    cause: one.requiresPruning === true ? 'unapplied' : cause,
    changes: [],
  }));
}

/** Several clusters may have the same object: the Application tells them apart. */
function addressOf({ group = '', kind = '', namespace, name = '' }: ResourceStatus): string {
  return objectAddress({ group, kind }, { name, namespace });
}

function actionOf({ requiresPruning, health }: ResourceStatus): Action {
  if (requiresPruning === true) return 'delete';
  return health?.status === 'Missing' ? 'create' : 'update';
}

/** The same revision of the same sources, once synced: then live moved. */
function causeOf({ status }: Application): Cause {
  const { operationState, history, sync } = status ?? {};
  const last = operationState?.phase === 'Succeeded' ? operationState.syncResult : undefined;
  const synced = revisionsOf(last ?? history?.at(-1));
  if (synced.length === 0) return operationState === undefined || operationState === null ? 'unapplied' : 'unknown';
  if (!isDeepStrictEqual(synced, revisionsOf(sync))) return 'unapplied';
  const [before, now] = [sourcesOf(last ?? {}), sourcesOf(sync?.comparedTo ?? {})];
  return before.length === 0 || now.length === 0 || isDeepStrictEqual(before, now) ? 'out_of_band' : 'unapplied';
}

interface Synced {
  readonly revision?: string;
  readonly revisions?: readonly string[] | null;
}

function revisionsOf(synced: Synced | null | undefined): readonly string[] {
  const { revision = '', revisions } = synced ?? {};
  if (revisions !== undefined && revisions !== null && revisions.length > 0) return revisions;
  return revision === '' ? [] : [revision];
}
