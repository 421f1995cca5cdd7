// Randomness that is the same whenever the same attempt is executed: sfc32 (Chris Doty-Humphrey),
// seeded by a text.

export function randomOf(text) {
  let [a, b, c, d] = seeds(text);
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let round = 0; round < 16; round++) next();
  const bytes = (count) => Uint8Array.from({ length: count }, () => next() & 0xff);
  return {
    /** From 0 to below 1, with 53 bits. */
    number: () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992,
    bytes,
    uuid: () => {
      const parts = bytes(16);
      parts[6] = (parts[6] & 0x0f) | 0x40;
      parts[8] = (parts[8] & 0x3f) | 0x80;
      const hex = Array.from(parts, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
  };
}

/** Four hashes of a text (FNV-1a with different beginnings). */
function seeds(text) {
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((begin) => {
    let hash = begin;
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    }
    return hash | 0;
  });
}
