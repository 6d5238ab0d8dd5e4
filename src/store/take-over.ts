import type { Board } from '../run/board.ts';
import type { Recorder } from '../run/recorder.ts';
import type { Store } from './store.ts';

/**
 * What is to be done when a store that was in memory is the file's from now on: what was recorded meanwhile goes into it,
 * after what is there, and the board shows what came of that.
 */
export async function takeOver(
  store: Pick<Store, 'load'>,
  { recorder, board }: { readonly recorder: Pick<Recorder, 'flush'>; readonly board: Board },
): Promise<void> {
  await recorder.flush();
  for (const state of await store.load()) {
    const last = board.get(state.check)?.state.last;
    // A run that could not be written, or ended just now, is newer than what was stored.
    const newer =
      last !== undefined && (state.last === undefined || Date.parse(last.startedAt) > Date.parse(state.last.startedAt));
    if (!newer) board.update(state.check, { state });
  }
}
