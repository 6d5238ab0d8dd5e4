import type { Failure, FailureReason, Notice } from '../../../src/checker.ts';
import { conditionOf, type Condition, type FluxObject } from './flux-object.ts';
import { isNew, type Subject, type Verdict } from './subject.ts';

/** What the reasons of Flux's conditions come to in our words; every other is `task_failed`. */
const REASONS: Readonly<Record<string, FailureReason>> = {
  AuthenticationFailed: 'unauthenticated',
  ArtifactFailed: 'dependency',
  DependencyNotReady: 'dependency',
  SourceNotReady: 'dependency',
  BuildFailed: 'invalid',
  InvalidCELExpression: 'invalid',
  GitOperationFailed: 'unreachable',
  OCIArtifactPullFailed: 'unreachable',
  BucketOperationFailed: 'unreachable',
  FetchFailed: 'unreachable',
  AccessDenied: 'forbidden',
  URLInvalid: 'invalid',
};

/** Stalled or not ready is a failure; still at work, or not begun on what was last asked of it, is said. */
export function readinessOf(subject: Subject): Verdict {
  const object = subject.object as FluxObject;
  const stalled = conditionOf(object, 'Stalled');
  if (stalled?.status === 'True') return { failures: [failed(subject, stalled, 'stalled')] };
  const { generation, creationTimestamp } = object.metadata;
  const ready = conditionOf(object, 'Ready');
  const observed = object.status?.observedGeneration;
  if (ready?.status === 'False') {
    // What waits for others at first is no failure yet.
    if (!isNew(creationTimestamp, subject)) return { failures: [failed(subject, ready, 'not ready')] };
    return { notices: [waiting(subject, `not ready yet: ${ready.message ?? ready.reason ?? ''}`)] };
  }
  if (typeof generation === 'number' && (observed ?? 0) < generation) {
    const seen = observed === undefined || observed < 0 ? 'none' : String(observed);
    return { notices: [waiting(subject, `generation ${generation} is not reconciled yet; observed: ${seen}`)] };
  }
  if (ready?.status === 'Unknown') return { notices: [waiting(subject, `at work: ${ready.message ?? ''}`)] };
  return {};
}

function failed({ address }: Subject, { reason = '', message = '' }: Condition, what: string): Failure {
  const said = [reason, message].filter((part) => part !== '').join(': ');
  return {
    phase: 'observe',
    reason: REASONS[reason] ?? 'task_failed',
    message: `${what}${said === '' ? '' : `: ${said}`}`,
    address,
  };
}

function waiting({ address }: Subject, message: string): Notice {
  return { kind: 'deferred', message, address };
}
