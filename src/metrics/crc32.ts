/**
 * CRC-32 of texts put together, from the CRC-32 of each. A CRC is a polynomial over GF(2), modulo the one of the checksum;
 * appending n bytes multiplies it by x^8n. Numbers hold polynomials with the lowest power in the highest bit.
 */
export function appendCrc32(before: number, after: number, shift: number): number {
  return (multiply(shift, before) ^ after) >>> 0;
}

/** x^8n: what appending n bytes multiplies a CRC by. */
export function crc32Shift(bytes: number): number {
  let shift = ONE;
  let power = X_TO_THE_8;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  return shift;
}

const MODULUS = 0xedb88320;
const ONE = 0x80000000;
const X_TO_THE_8 = 0x00800000;

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ MODULUS;
  }
  return product >>> 0;
}
