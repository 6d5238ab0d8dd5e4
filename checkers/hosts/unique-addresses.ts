/**
 * Makes the names of what a tool lists unique within their host: the second `copy` of a host is `copy #2`. Counted over
 * everything the tool evaluated, in its order, so that a name does not depend on what has drifted.
 */
export class UniqueAddresses {
  readonly #counts = new Map<string, Map<string, number>>();

  /** The address `host/name`, with ` #n` from the second on. */
  of(host: string, name: string): string {
    const names = this.#counts.get(host) ?? new Map<string, number>();
    this.#counts.set(host, names);
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    return count === 1 ? `${host}/${name}` : `${host}/${name} #${count}`;
  }
}
