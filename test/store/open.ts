import { expect } from 'chai';
import { pino, type Logger } from 'pino';
import { openStore } from '../../src/store/open-store.ts';
import { StoreError, type Retention, type Store, type StoreErrorReason } from '../../src/store/store.ts';

const DAY = 86_400_000;
export const RETENTION: Retention = { inSyncMs: 7 * DAY, otherMs: 90 * DAY };
export const LOG: Logger = pino({ level: 'silent' });

/** Opens the store of a file as the service does. */
export function open(path: string): Promise<Store> {
  return openStore({ kind: 'sqlite', path }, { retention: RETENTION, log: LOG });
}

/** Expects a StoreError of this reason whose message has all the parts. */
export async function refusal(
  attempt: Promise<unknown>,
  reason: StoreErrorReason,
  parts: readonly string[],
): Promise<void> {
  const error = await attempt.then(
    () => expect.fail('expected a StoreError, found success'),
    (caught: unknown) => caught,
  );
  expect(error).to.be.instanceOf(StoreError);
  if (!(error instanceof StoreError)) return;
  expect(error.reason, error.message).to.equal(reason);
  for (const part of parts) expect(error.message).to.include(part);
}
