/**
 * A sum that numbers join and leave in any order, always the double nearest to the true sum of those that are in it: with
 * plain doubles it would drift, and a threshold be missed that was reached exactly.
 */
export interface ExactSum {
  add(number: number): void;
  remove(number: number): void;
  value(): number;
}

export function createExactSum(): ExactSum {
  let small = 0;
  // In units of the smallest double, of which every double is a multiple.
  let units = 0n;

  function change(number: number, sign: 1 | -1): void {
    if (Number.isInteger(number) && Math.abs(number) <= maxSmall) small += sign * number;
    else units += BigInt(sign) * toUnits(number);
  }

  return {
    add: (number) => change(number, 1),
    remove: (number) => change(number, -1),
    value: () => (units === 0n ? small : fromUnits(units + toUnits(small))),
  };
}

/** So small that a window's worth of them (100,000) stays exact in a double. */
const maxSmall = 2 ** 36;

/** @see IEEE 754 binary64: 1 bit of sign, 11 of exponent, 52 of fraction */
function toUnits(number: number): bigint {
  float.setFloat64(0, number);
  const bits = float.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return number < 0 ? -magnitude : magnitude;
}

const float = new DataView(new ArrayBuffer(8));

function fromUnits(units: bigint): number {
  const magnitude = units < 0n ? -units : units;
  // Some bits more than a double has, the last of which says whether anything was cut off: so it is rounded once, rightly.
  const cut = Math.max(0, magnitude.toString(16).length * 4 - keptBits);
  const kept = magnitude >> BigInt(cut);
  const sticky = kept << BigInt(cut) === magnitude ? 0n : 1n;
  const rounded = Number(kept | sticky) * 2 ** (cut - 1074);
  return units < 0n ? -rounded : rounded;
}

const keptBits = 128;
