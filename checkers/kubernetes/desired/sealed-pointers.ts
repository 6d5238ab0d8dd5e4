import { toPointer } from '../../../src/diff/json-pointer.ts';

/** JSON Pointers of the texts in an object that hold a secret; of a mapping where one of its keys does. */
export function sealedPointers(object: unknown, holdsSecret: (text: string) => boolean): string[] {
  const found: string[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'string' && holdsSecret(value)) found.push(toPointer(path));
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (holdsSecret(key)) found.push(toPointer(path));
      visit(item, [...path, key]);
    }
  };
  visit(object, []);
  return found;
}
