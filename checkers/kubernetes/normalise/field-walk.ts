import type { Fields } from '../schema/known-defaults.ts';
import { ANY_NODE, type SchemaNode } from '../schema/schema-node.ts';
import { isServerAllocated } from '../schema/server-allocated.ts';
import { isDefault, isWrittenEmpty, isZero, serverDefault } from './field-defaults.ts';
import { sameItem, type FieldPath, type Step } from './field-path.ts';
import type { Finding, Judge } from './finding.ts';
import { isInOrder, matchItems, sameMember } from './match-items.ts';
import { sameScalar } from './same-scalar.ts';

/** Two objects side by side, and whose they are. */
interface Sides {
  readonly live: Fields;
  readonly desired: Fields;
}

/**
 * Walks what git declares beside what is live, as the schema reads them, and collects the fields that differ. Equal
 * objects cost no allocation but one step per list item. One walk serves one pair.
 */
export class FieldWalk {
  readonly findings: Finding[] = [];
  /** Declared fields that the kind does not have. */
  readonly unknownFields: FieldPath[] = [];
  readonly #judge: Judge;
  readonly #path: Step[] = [];

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** Compares the fields of two objects; `path` is where they are. */
  object(sides: Sides, node: SchemaNode): void {
    const { live, desired } = sides;
    for (const key in desired) {
      const wanted = desired[key];
      const found = Object.hasOwn(live, key) ? live[key] : undefined;
      if (wanted !== found) this.#declaredField(key, { wanted, found, sides, node });
    }
    for (const key in live) {
      if (!Object.hasOwn(desired, key)) this.#undeclaredField(key, { beside: live, desired, node });
    }
  }

  #declaredField(
    key: string,
    { wanted, found, sides, node }: { wanted: unknown; found: unknown; sides: Sides; node: SchemaNode },
  ): void {
    if (this.#judge.isSkipped(node.typeName, key, this.#path)) return;
    if (wanted === null || wanted === undefined) {
      if (found !== '') this.#undeclaredField(key, { beside: sides.live, desired: sides.desired, node });
      return;
    }
    const child = node.field(key);
    this.#path.push(key);
    if (child === undefined && (found === undefined || found === null)) {
      this.unknownFields.push([...this.#path]);
    } else if (found === undefined || found === null) {
      this.#absent(wanted, { key, node, child: child ?? ANY_NODE });
    } else if (!this.#isDefaulted(wanted, found, { key, node, child: child ?? ANY_NODE, sides })) {
      const before = this.findings.length;
      this.#value(wanted, found, child ?? ANY_NODE);
      if (
        this.findings.length > before &&
        this.#judge.isExcused(node.typeName, this.#path, { live: found, desired: wanted })
      ) {
        this.findings.length = before;
      }
    }
    this.#path.pop();
  }

  /** Declared as the zero that the server cannot tell from absence, so it filled in its own. */
  #isDefaulted(wanted: unknown, found: unknown, field: Field): boolean {
    if (wanted !== '' && !(isZero(wanted) && field.node.dropsZeros?.has(field.key) === true)) return false;
    if (isServerAllocated(field.node.typeName, field.key)) {
      return !this.#judge.isDrift({ ...NO_DEFAULT, path: this.#path, allocated: true });
    }
    return isDefault(found, field.key, field.node, { beside: field.sides.live, desired: field.sides.desired });
  }

  #absent(wanted: unknown, { key, node, child }: Omit<Field, 'sides'>): void {
    if (isZero(wanted) && node.dropsZeros?.has(key) === true) return;
    // Bytes are a list in the API: empty ones are left out.
    if (wanted === '' && child.format === 'bytes' && node.type === 'struct') return;
    if (this.#judge.isExcused(node.typeName, this.#path, { live: undefined, desired: wanted })) return;
    if (Array.isArray(wanted)) {
      if (wanted.length > 0) this.#list(wanted, [], child);
    } else if (isFields(wanted) && child.type === 'map') {
      this.object({ live: {}, desired: wanted }, child);
    } else if (!(isFields(wanted) && isWrittenEmpty(child) && Object.keys(wanted).length === 0)) {
      this.#found(undefined, wanted);
    }
  }

  #value(wanted: unknown, found: unknown, node: SchemaNode): void {
    if (Array.isArray(wanted)) {
      if (Array.isArray(found)) this.#list(wanted, found, node);
      else this.#found(found, wanted);
    } else if (isFields(wanted)) {
      if (isFields(found)) this.object({ live: found, desired: wanted }, node);
      else this.#found(found, wanted);
    } else if (!sameScalar(wanted, found, node.format)) {
      this.#found(found, wanted);
    }
  }

  #list(wanted: readonly unknown[], found: readonly unknown[], node: SchemaNode): void {
    if (node.listType === 'map') this.#keyedList(wanted, found, node);
    else if (node.listType === 'set') this.#setList(wanted, found, node);
    else this.#atomicList(wanted, found, node);
  }

  #atomicList(wanted: readonly unknown[], found: readonly unknown[], node: SchemaNode): void {
    const length = Math.max(wanted.length, found.length);
    for (let index = 0; index < length; index += 1) {
      if (index < wanted.length && index < found.length && wanted[index] === found[index]) continue;
      const live = index < found.length ? index : -1;
      const desired = index < wanted.length ? index : -1;
      this.#path.push({ live, desired, list: node, item: live >= 0 ? found[live] : wanted[desired] });
      if (live < 0) this.#found(undefined, wanted[index]);
      else if (desired < 0) this.#found(found[index], undefined);
      else this.#nullable(wanted[index], found[index], node.items);
      this.#path.pop();
    }
  }

  /** An item may be null, which is not absence. */
  #nullable(wanted: unknown, found: unknown, node: SchemaNode): void {
    if (wanted === null || found === null) this.#found(found, wanted);
    else this.#value(wanted, found, node);
  }

  #setList(wanted: readonly unknown[], found: readonly unknown[], node: SchemaNode): void {
    wanted.forEach((item, desired) => {
      if (found.some((other) => sameMember(item, other, node))) return;
      this.#path.push({ live: -1, desired, list: node, item });
      this.#found(undefined, item);
      this.#path.pop();
    });
    found.forEach((item, live) => {
      if (wanted.some((other) => sameMember(other, item, node))) return;
      this.#undeclaredItem(item, live, node);
    });
  }

  #keyedList(wanted: readonly unknown[], found: readonly unknown[], node: SchemaNode): void {
    if (isInOrder(wanted, found, node)) {
      for (let at = 0; at < wanted.length; at += 1) this.#item(wanted[at], found[at], at, node);
      for (let live = wanted.length; live < found.length; live += 1) this.#undeclaredItem(found[live], live, node);
      return;
    }
    const partner = matchItems(wanted, found, node);
    if (this.#path.at(-1) === 'initContainers') this.#order({ wanted, found, partner }, node);
    const taken = new Set<number>();
    const alone: number[] = [];
    for (let desired = 0; desired < wanted.length; desired += 1) {
      const live = partner[desired] ?? -1;
      if (live < 0) alone.push(desired);
      else {
        taken.add(live);
        this.#pair(wanted[desired], found[live], { live, desired, list: node, item: found[live] });
      }
    }
    for (const desired of alone) {
      if (
        !taken.has(desired) &&
        desired < found.length &&
        this.#isRenamed(wanted[desired], found[desired], desired, node)
      ) {
        taken.add(desired);
      } else {
        this.#path.push({ live: -1, desired, list: node, item: wanted[desired] });
        this.#found(undefined, wanted[desired]);
        this.#path.pop();
      }
    }
    if (taken.size === found.length) return;
    for (let live = 0; live < found.length; live += 1) {
      if (!taken.has(live)) this.#undeclaredItem(found[live], live, node);
    }
  }

  /** Items that run one after another: those that both sides have stand in another order. */
  #order(
    { wanted, found, partner }: { wanted: readonly unknown[]; found: readonly unknown[]; partner: readonly number[] },
    list: SchemaNode,
  ): void {
    const [key = ''] = list.keys;
    const declared = partner.flatMap((live, desired) => (live < 0 ? [] : [{ live, desired }]));
    const places = declared.map(({ live }) => live).toSorted((a, b) => a - b);
    declared.forEach(({ desired }, rank) => {
      const live = places[rank] ?? -1;
      const item = found[live];
      if (sameItem(list, item, wanted[desired])) return;
      const path: Step[] = [...this.#path, { live, desired, list, item }, key];
      const names = { live: nameOf(item, key), desired: nameOf(wanted[desired], key) };
      this.findings.push({ path, ...names, undeclared: false, reordered: true });
    });
  }

  #item(wanted: unknown, found: unknown, at: number, list: SchemaNode): void {
    if (wanted !== found) this.#pair(wanted, found, { live: at, desired: at, list, item: found });
  }

  #pair(wanted: unknown, found: unknown, step: Step & object): void {
    if (wanted === found) return;
    this.#path.push(step);
    this.#nullable(wanted, found, step.list.items);
    this.#path.pop();
  }

  /** At the same place stands an item that differs in nothing but its name: somebody renamed it. */
  #isRenamed(wanted: unknown, found: unknown, index: number, list: SchemaNode): boolean {
    const before = this.findings.length;
    this.#pair(wanted, found, { live: index, desired: index, list, item: found });
    const depth = this.#path.length + 1;
    const renamed = this.findings.slice(before).every(({ path }) => {
      const key = path[depth];
      return path.length === depth + 1 && typeof key === 'string' && list.keys.includes(key);
    });
    if (!renamed || this.findings.length === before) this.findings.length = before;
    return renamed && this.findings.length > before;
  }

  #undeclaredItem(item: unknown, live: number, list: SchemaNode): void {
    this.#path.push({ live, desired: -1, list, item });
    if (this.#judge.isDrift({ ...NO_DEFAULT, path: this.#path })) this.#found(item, undefined, true);
    else if (isFields(item)) this.#undeclaredFields(item, list.items);
    this.#path.pop();
  }

  #undeclaredFields(fields: Fields, node: SchemaNode): void {
    for (const key of Object.keys(fields)) this.#undeclaredField(key, { beside: fields, desired: undefined, node });
  }

  #undeclaredField(
    key: string,
    { beside, desired, node }: { beside: Fields; desired: Fields | undefined; node: SchemaNode },
  ): void {
    const found = beside[key];
    if (found === undefined || found === null) return;
    if (isDefault(found, key, node, { beside, desired })) return;
    if (this.#judge.isSkipped(node.typeName, key, this.#path)) return;
    const child = node.field(key) ?? ANY_NODE;
    this.#path.push(key);
    if (!this.#judge.isExcused(node.typeName, this.#path, { live: found, desired: undefined })) {
      this.#undeclared(found, child, { node, key });
    }
    this.#path.pop();
  }

  #undeclared(found: unknown, child: SchemaNode, { node, key }: { node: SchemaNode; key: string }): void {
    if (Array.isArray(found)) {
      if (found.length === 0) return;
      if (child.listType !== 'atomic') {
        found.forEach((item, live) => this.#undeclaredItem(item, live, child));
        return;
      }
    } else if (isFields(found)) {
      if (Object.keys(found).length > 0) {
        this.#undeclaredFields(found, child);
        return;
      }
      if (child.type === 'map' || isWrittenEmpty(child)) return;
    }
    const own = serverDefault(key, node);
    const fallback = own ?? child.fallback;
    const field = {
      path: this.#path,
      hasDefault: fallback !== undefined && !isZero(fallback),
      hasServerDefault: own !== undefined,
      allocated: isServerAllocated(node.typeName, key),
    };
    if (!this.#judge.isDrift(field)) return;
    const known = field.hasDefault && typeof fallback !== 'function' && !isFields(fallback);
    this.#found(found, known ? fallback : undefined, true);
  }

  #found(live: unknown, desired: unknown, undeclared = false): void {
    this.findings.push({ path: [...this.#path], live, desired, undeclared });
  }
}

const NO_DEFAULT = { hasDefault: false, hasServerDefault: false, allocated: false };

interface Field {
  readonly key: string;
  readonly node: SchemaNode;
  readonly child: SchemaNode;
  readonly sides: Sides;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(item: unknown, key: string): unknown {
  return isFields(item) ? item[key] : undefined;
}
