import type { CheckError } from '../../../src/checker.ts';

/** Whether an error leaves nothing to be asked: no other request would fare better. */
export function isForAll({ reason }: CheckError): boolean {
  return reason === 'unreachable' || reason === 'unauthenticated' || reason === 'aborted';
}
