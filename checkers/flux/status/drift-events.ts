import { failureOf, isCheckError, type Failure, type Notice } from '../../../src/checker.ts';
import type { ApiClient } from '../../kubernetes/live/api-client.ts';
import { listKind } from '../../kubernetes/live/list-kind.ts';
import { plainNames } from '../../kubernetes/live/name-filter.ts';
import type { KubeObject, ResourceKind } from '../../kubernetes/observation.ts';
import type { FluxOptions } from '../options.ts';
import { isForAll } from './is-for-all.ts';
import type { DriftEvent } from './observation.ts';

const EVENTS: ResourceKind = { group: '', version: 'v1', kind: 'Event', resource: 'events', namespaced: true };

interface FluxEvent extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly namespace?: string; readonly name?: string } | null;
}

/** What helm-controller said of drift: the only trace where it is too old to set the condition `Drifted`. */
export async function readDriftEvents(
  client: ApiClient,
  { status, page_size: pageSize }: FluxOptions,
): Promise<{ driftEvents: Map<string, DriftEvent>; failures: Failure[]; notices: Notice[] }> {
  const driftEvents = new Map<string, DriftEvent>();
  const corrected = new Map<string, string>();
  const namespaces = status === undefined ? undefined : plainNames(status.namespaces);
  const scope = { namespaces, pageSize, fieldSelector: 'involvedObject.kind=HelmRelease' };
  try {
    for await (const page of listKind(client, EVENTS, scope)) {
      for (const event of page as Iterable<FluxEvent>) take(event, driftEvents, corrected);
    }
  } catch (error) {
    if (!isCheckError(error) || isForAll(error)) throw error;
    if (error.reason !== 'forbidden')
      return { driftEvents: new Map(), failures: [{ ...failureOf(error), address: 'Event' }], notices: [] };
    const message = `events may not be listed: drift that only an event tells of is not seen (${error.message})`;
    return { driftEvents: new Map(), failures: [], notices: [{ kind: 'warning', message }] };
  }
  for (const [key, at] of corrected) {
    if (Date.parse(at) >= Date.parse(driftEvents.get(key)?.at ?? '')) driftEvents.delete(key);
  }
  return { driftEvents, failures: [], notices: [] };
}

function take(event: FluxEvent, detected: Map<string, DriftEvent>, corrected: Map<string, string>): void {
  const at = event.lastTimestamp ?? event.eventTime;
  const { namespace = '', name } = event.involvedObject ?? {};
  if (typeof at !== 'string' || name === undefined) return;
  const key = `${namespace}/${name}`;
  const isNewer = (than: string | undefined): boolean => than === undefined || Date.parse(at) > Date.parse(than);
  if (event.reason === 'DriftDetected' && isNewer(detected.get(key)?.at))
    detected.set(key, { message: event.message ?? '', at });
  if (event.reason === 'DriftCorrected' && isNewer(corrected.get(key))) corrected.set(key, at);
}
