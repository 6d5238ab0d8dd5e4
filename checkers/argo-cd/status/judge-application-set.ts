import type { Comparison, Failure, Notice, ResourceDrift } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import type { ResourceStatus } from '../application.ts';
import { ARGO_GROUP } from '../list-applications.ts';
import type { JudgeContext } from './judge-application.ts';

interface ApplicationSet extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { type?: string; status?: string; reason?: string; message?: string }[] | null;
    readonly applicationStatus?: readonly { application?: string; status?: string; message?: string }[] | null;
    readonly resources?: readonly ResourceStatus[] | null;
  } | null;
}

/** Whether an ApplicationSet could generate its Applications, and whether they are there. Pure. */
export function judgeApplicationSet(
  object: KubeObject,
  { address, known }: JudgeContext & { readonly known: ReadonlySet<string> },
): Comparison {
  const { metadata, status } = object as ApplicationSet;
  const failures = (status?.conditions ?? []).flatMap(
    ({ type, status: value, reason = '', message = '' }): Failure[] => {
      const isBad = (type === 'ErrorOccurred' || type === 'InvalidRolloutConfig') && value === 'True';
      return isBad ? [{ phase: 'observe', reason: 'task_failed', message: `${reason}: ${message}`, address }] : [];
    },
  );
  const generated = status?.resources ?? [];
  const drift = generated.flatMap(({ namespace = metadata.namespace ?? '', name = '' }): ResourceDrift[] => {
    if (known.has(`${namespace}/${name}`)) return [];
    const kind = { group: ARGO_GROUP, kind: 'Application' };
    const scope = `${metadata.namespace ?? ''}/${metadata.name}`;
    const missing = objectAddress(kind, { namespace, name });
    return [{ address: missing, type: 'Application', scope, action: 'create', cause: 'out_of_band', changes: [] }];
  });
  const notices = (status?.applicationStatus ?? []).flatMap((step): Notice[] => {
    if (step.status !== 'Pending' && step.status !== 'Waiting') return [];
    const message = `${step.application ?? ''} is ${step.status} in a progressive sync: ${step.message ?? ''}`;
    return [{ kind: 'deferred', message, address }];
  });
  return { resources: 1, drift, failures, notices };
}
