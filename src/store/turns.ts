/** Work that shares a lane is done one after the other, in the order asked; lanes do not wait for each other. */
export class Turns {
  readonly #lanes = new Map<string | symbol, Promise<void>>();

  take<T>(lane: string | symbol, work: () => Promise<T>): Promise<T> {
    const turn = (this.#lanes.get(lane) ?? Promise.resolve()).then(work);
    const leave = (): void => {
      if (this.#lanes.get(lane) === left) this.#lanes.delete(lane);
    };
    const left = turn.then(leave, leave);
    this.#lanes.set(lane, left);
    return turn;
  }

  /** Resolves when all that was asked before is done. */
  async done(): Promise<void> {
    await Promise.all(this.#lanes.values());
  }
}
