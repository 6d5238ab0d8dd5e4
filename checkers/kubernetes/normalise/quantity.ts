/** Whether two quantities say the same amount (`0.2` and `200m`). Text that is no quantity equals only itself. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = quantity(a);
  return left !== undefined && left === quantity(b);
}

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d{1,3}))?$/;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
/** The server keeps no finer scale, and rounds away from zero. */
const FINEST_EXPONENT = -9;
const LONGEST_TEXT = 64;

function quantity(value: unknown): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  return text.length > LONGEST_TEXT ? undefined : amountOf(text);
}

const LARGEST_MEMORY = 5000;
const amounts = new Map<string, bigint | undefined>();

/** Clusters say few different amounts, very often. */
function amountOf(text: string): bigint | undefined {
  const known = amounts.get(text);
  if (known !== undefined || amounts.has(text)) return known;
  const amount = parseQuantity(text);
  if (amounts.size < LARGEST_MEMORY) amounts.set(text, amount);
  return amount;
}

/** The amount in units of 10^-9, exactly; `undefined` when it is no quantity. */
function parseQuantity(text: string): bigint | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const power = BINARY.indexOf(suffix) + 1;
  const digits = BigInt(whole + fraction) * 1024n ** BigInt(power);
  const scale = (DECIMAL_EXPONENTS[suffix] ?? Number(exponent)) - fraction.length - FINEST_EXPONENT;
  const amount = scale >= 0 ? digits * 10n ** BigInt(scale) : roundedUp(digits, 10n ** BigInt(-scale));
  return sign === '-' ? -amount : amount;
}

function roundedUp(amount: bigint, divisor: bigint): bigint {
  return (amount + divisor - 1n) / divisor;
}
