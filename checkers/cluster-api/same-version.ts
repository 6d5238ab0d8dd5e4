const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)$/;

/**
 * Whether a version is the one that was asked for. What was not asked for does not count: providers add their own
 * (`v1.30.2` is `v1.30.2-eks-3af4770`), and managed control planes are asked for `v1.30`.
 */
export function isSameVersion(desired: string, live: string): boolean {
  if (desired === live) return true;
  const wanted = VERSION.exec(desired);
  const actual = VERSION.exec(live);
  if (wanted === null || actual === null) return false;
  const [, , , , suffix = ''] = wanted;
  if (suffix !== '' && suffix !== actual[4]) return false;
  return [1, 2, 3].every((part) => wanted[part] === undefined || wanted[part] === actual[part]);
}
