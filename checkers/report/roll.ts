import { CheckError, type Failure } from '../../src/checker.ts';
import type { IdentifiedReport } from './observation.ts';
import type { Expected } from './options.ts';

/** How many who did not report are named. */
const NAMED = 100;

/** Who has reported in this run, and under which addresses. */
export class Roll {
  readonly #places = new Map<string, string>();
  readonly #reporters = new Set<string>();

  /** Throws CheckError when the address was reported before: one of the two would go unseen. */
  add({ address, place }: IdentifiedReport, reporter: string): void {
    this.#reporters.add(reporter);
    const earlier = this.#places.get(address);
    if (earlier !== undefined) {
      const message = `${place}: a second report of ${address}, which ${earlier} is too; expected one`;
      throw new CheckError('invalid', message, { address });
    }
    this.#places.set(address, place);
  }

  /** A failure for each who was expected and is not on the roll; for nobody at all too. */
  silent(expected: Expected | undefined): Failure[] {
    const { reporters = [], count = 0 } = expected ?? {};
    const missing = reporters.filter((reporter) => !this.#reporters.has(reporter));
    const named = missing
      .slice(0, NAMED)
      .map((reporter) => notFound(`${reporter}: expected a report, got none`, reporter));
    const more = missing.length - named.length;
    const rest = more > 0 ? [notFound(`${more} more reporters: expected a report of each, got none`)] : [];
    const { size } = this.#reporters;
    if (size < count) return [...named, ...rest, notFound(`expected reports of ${count}, got them of ${size}`)];
    return size === 0 && missing.length === 0 ? [notFound('nobody reported')] : [...named, ...rest];
  }
}

function notFound(message: string, address?: string): Failure {
  return { phase: 'observe', reason: 'not_found', message, ...(address !== undefined && { address }) };
}
